// Numbers what a keyboard must reach, and tells how much that is.
(() => {
    const shown = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: false })
        && element.getClientRects().length > 0;
    const scrolls = element => /auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth;
    const acts = element => element.matches('a[href], button, summary, input, [role=button], label[for]') && !element.disabled;
    const page = Array.from(document.querySelectorAll('#mdbook-body-container *'));
    window.mustReach = page.filter(element => shown(element) && (acts(element) || scrolls(element)));
    window.reached = new Set();
    window.unmarked = new Set();
    document.addEventListener('focusin', event => {
        window.reached.add(event.target);
        const style = getComputedStyle(event.target);
        if (style.outlineStyle === 'none' && style.boxShadow === 'none') {
            window.unmarked.add(event.target);
        }
    });
    document.activeElement.blur();
    return window.mustReach.length;
})()
