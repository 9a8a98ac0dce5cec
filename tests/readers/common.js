// What both engines are asked: the same questions, in the terms of the documents that they show.

/** The entries of a table of contents or a page list, at all depths. */
export const flat = items => (items ?? []).flatMap(item => [item, ...flat(item.subitems)])

/** What a section shows: its words, its size on the screen, and whether its pictures were drawn. */
export const shown = doc => {
    const { width, height } = doc.body.getBoundingClientRect()
    return { words: doc.body.textContent, width, height, pictures: [...doc.images].every(image => image.naturalWidth > 0) }
}

/** Where a target stands: whether it is on the screen, and the words from there on, without the calls of notes. */
export const stands = (element, screen) => {
    const doc = element.ownerDocument
    const frame = doc.defaultView.frameElement.getBoundingClientRect()
    const box = screen.getBoundingClientRect()
    const range = doc.createRange()
    range.setStartBefore(element)
    range.setEndAfter(doc.body.lastChild)
    const rest = range.cloneContents()
    for (const call of rest.querySelectorAll('[role~="doc-noteref"]')) call.remove()
    const words = rest.textContent.slice(0, 400)
    const [rect] = element.getClientRects() // none where it is not displayed
    const [x, y] = rect ? [frame.left + rect.left, frame.top + rect.top] : [NaN, NaN]
    const visible = x > box.left - 2 && x < box.right && y > box.top - 2 && y < box.bottom
    return { words, visible }
}

/** The answer of a promise, or a complaint when it takes too long. */
export const within = (seconds, promise) => Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`nothing for ${seconds} seconds`)), seconds * 1000)),
])
