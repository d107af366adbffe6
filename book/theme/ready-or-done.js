// What mdBook leaves to the mouse, for the keyboard.
'use strict';

(function keyboard() {
    // The button that opens the table of contents is a label, which no key reaches.
    const toggle = document.getElementById('mdbook-sidebar-toggle');
    toggle.tabIndex = 0;
    toggle.setAttribute('role', 'button');
    toggle.addEventListener('keydown', event => {
        if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault();
            toggle.click();
        }
    });

    // What scrolls sideways can be reached, and there the arrow keys scroll: elsewhere they turn pages.
    const wide = '.terminal, .drawing, .table-wrapper, pre > code';
    for (const block of document.querySelectorAll(wide)) {
        const scrolls = () => block.scrollWidth > block.clientWidth;
        const reach = () => {
            if (scrolls()) {
                block.tabIndex = 0;
            } else {
                block.removeAttribute('tabindex');
            }
        };
        reach();
        window.addEventListener('resize', reach);
        block.addEventListener('keydown', event => {
            if (/^Arrow(Left|Right)$/.test(event.key) && scrolls()) {
                event.stopPropagation();
            }
        });
    }
})();

(function paper() {
    // Nothing unfolds on paper: answers are printed open.
    let folded = [];
    window.addEventListener('beforeprint', () => {
        folded = Array.from(document.querySelectorAll('details:not([open])'));
        folded.forEach(details => { details.open = true; });
    });
    window.addEventListener('afterprint', () => {
        folded.forEach(details => { details.open = false; });
    });
})();
