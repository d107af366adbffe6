//! Ten thousand clients at once. A test program of its own: its descriptors are the clients' alone.

lab::echo_server! { "chapter-06-epoll":
    ten_thousand_clients_are_served
}
