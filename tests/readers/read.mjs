// Opens an EPUB in a reading engine, in a headless Chromium, and writes as JSON what it did with it.
//
//   node read.mjs foliate|epubjs BOOK.epub CHROMIUM
//   node read.mjs foliate BOOK.epub CHROMIUM WIDTHxHEIGHT light|dark FOLDER HREF...
//
// The second form takes pictures of places; after a `!` the first call there is clicked.
//
// The page of each engine (foliate.html, epubjs.html) does the reading and returns the answer.

import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import puppeteer from 'puppeteer-core'

const [engine, epub, executablePath, size = '800x600', scheme = 'light', folder, ...places] = process.argv.slice(2)
const [width, height] = size.split('x').map(Number)
const here = import.meta.dirname
const types = { '.html': 'text/html', '.js': 'text/javascript', '.epub': 'application/epub+zip' }

const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname))
    const file = path === '/book.epub' ? epub : join(here, path)
    try {
        const data = await readFile(file)
        response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(data)
    } catch {
        response.writeHead(404).end()
    }
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))

const browser = await puppeteer.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    protocolTimeout: 300_000,
})
try {
    const page = await browser.newPage()
    const errors = []
    page.on('pageerror', error => errors.push(String(error)))
    page.on('requestfailed', request => errors.push(`not loaded: ${request.url()}`))
    await page.setViewport({ width, height })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await page.goto(`http://127.0.0.1:${server.address().port}/${engine}.html`)
    await page.waitForFunction('window.read')
    if (folder) {
        for (const place of places) {
            await page.evaluate(href => window.show(href), place)
            await page.screenshot({ path: join(folder, `${place.replace(/\W+/g, '-')}-${width}-${scheme}.png`) })
        }
    } else {
        console.log(JSON.stringify({ ...await page.evaluate(() => window.read()), errors }))
    }
} finally {
    await browser.close()
    server.close()
}
