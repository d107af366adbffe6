// What is wrong with the page that is open, in words; and its links.
(() => {
    const faults = [];
    const name = element => {
        const text = (element.textContent || '').trim().slice(0, 40);
        return `<${element.localName} class="${element.getAttribute('class') || ''}"> ${JSON.stringify(text)}`;
    };
    const shown = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: false })
        && element.getClientRects().length > 0;
    const width = document.documentElement.clientWidth;

    // The page does not scroll sideways, and nothing is cut off at its side.
    for (const box of [document.documentElement, document.body, document.getElementById('mdbook-content')]) {
        if (box.scrollWidth > box.clientWidth) {
            faults.push(`${name(box)} scrolls sideways: ${box.scrollWidth} in ${box.clientWidth}`);
        }
    }
    const main = document.querySelector('main');
    const clips = element => /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
    for (const element of main.querySelectorAll('*')) {
        const box = element.getBoundingClientRect();
        if (!shown(element) || box.right <= width + 1) {
            continue;
        }
        let above = element.parentElement;
        while (above !== main && !clips(above)) {
            above = above.parentElement;
        }
        if (above === main) {
            faults.push(`${name(element)} reaches to ${Math.round(box.right)} of ${width}`);
        }
    }

    // Every picture is drawn.
    for (const image of main.querySelectorAll('img')) {
        if (!image.complete || image.naturalWidth === 0) {
            faults.push(`${image.src} is not drawn`);
        }
    }
    for (const figure of main.querySelectorAll('.drawing svg')) {
        const box = figure.getBBox();
        if (box.width === 0 || box.height === 0 || figure.getBoundingClientRect().width === 0) {
            faults.push(`${name(figure)} is not drawn`);
        }
        if (!figure.querySelector('title') || !figure.querySelector('desc')) {
            faults.push(`${name(figure)} has no title or no description`);
        }
    }

    // What is written can be read: contrast as WCAG 2 counts it.
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return Array.from(canvas.getImageData(0, 0, 1, 1).data);
    };
    const light = ([r, g, b]) => {
        const part = value => value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const under = element => {
        for (let above = element; above; above = above.parentElement) {
            const colour = rgba(getComputedStyle(above).backgroundColor);
            if (colour[3] > 250) {
                return colour;
            }
        }
        return [255, 255, 255, 255];
    };
    const pale = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.textContent.trim() || !shown(element) || element.closest('script, style, svg, .buttons')) {
            continue;
        }
        const [ink, paper] = [light(rgba(getComputedStyle(element).color)), light(under(element))];
        const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        if (contrast < 4.5) {
            pale.add(`${element.localName}.${element.className} in .${element.parentElement.className}: contrast ${contrast.toFixed(1)}`);
        }
    }
    faults.push(...pale);

    const links = Array.from(document.querySelectorAll('a[href]'), link => link.href);
    return { faults, links };
})()
