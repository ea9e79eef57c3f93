import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

const program = 'chromium'

/** A page in a real browser. */
export interface BrowserPage {
  /** Loads a page, and settles once it is painted. Returns how long that took, in milliseconds. */
  open(url: string): Promise<number>
  /** The size of the window, and the colour scheme of its reader. */
  look(width: number, scheme: 'light' | 'dark'): Promise<void>
  /** The value of an expression in the page. It must be JSON. */
  evaluate(expression: string): Promise<unknown>
  /** A PNG of what the window shows, or of the whole page. */
  screenshot(whole?: boolean): Promise<Buffer>
  /** What the page has asked for since it was opened, beside itself. */
  requests(): readonly string[]
}

/** A headless Chromium, closed when the test ends. Where there is none the test is skipped loudly; with CI=true that is a failure. */
export async function openBrowser(t: Test): Promise<BrowserPage | undefined> {
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0) {
    const reason = `${program} is not installed`
    if (process.env['CI'] === 'true') throw new Error(`the page must be looked at here, but cannot: ${reason}`)
    process.stderr.write(`\n*** THE PAGE IS NOT LOOKED AT: ${reason}\n\n`)
    t.plan(0, reason)
    return undefined
  }
  const profile = mkdtempSync(join(tmpdir(), 'holdfast-chromium-'))
  const own = [`--user-data-dir=${profile}`, '--remote-debugging-port=0', '--remote-debugging-address=127.0.0.1']
  const quiet = ['--disable-background-networking', '--disable-component-update', '--no-first-run', '--disable-sync']
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars']
  const child = spawn(program, [...flags, ...quiet, ...own, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(async () => {
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    if (child.exitCode === null) await exited
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  const address = await addressIn(child.stderr)
  return DevTools.open(address)
}

async function addressIn(stderr: NodeJS.ReadableStream): Promise<string> {
  let said = ''
  for await (const chunk of stderr) {
    said += String(chunk)
    const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? []
    // Nobody reads on: a browser that says more must not wait for a reader.
    if (address !== undefined) return address
  }
  throw new Error(`chromium ended: ${said.slice(-2000)}`)
}

interface Message {
  id?: number
  sessionId?: string
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { message: string }
}

/** The protocol of its developer tools. */
class DevTools implements BrowserPage {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (message: Message) => void>()
  readonly #hearing = new Map<string, (() => void)[]>()
  #requests: string[] = []
  #url = ''
  #session = ''
  #id = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as Message))
  }

  static async open(address: string): Promise<DevTools> {
    const socket = new WebSocket(address)
    await once(socket, 'open')
    const tools = new DevTools(socket)
    const { targetId } = await tools.#send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await tools.#send('Target.attachToTarget', { targetId, flatten: true })
    tools.#session = String(sessionId)
    for (const domain of ['Page', 'Network', 'Runtime']) await tools.#send(`${domain}.enable`)
    return tools
  }

  async open(url: string): Promise<number> {
    this.#url = url
    this.#requests = []
    const loaded = this.#once('Page.loadEventFired')
    const began = performance.now()
    await this.#send('Page.navigate', { url })
    await loaded
    await this.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))')
    return performance.now() - began
  }

  async look(width: number, scheme: 'light' | 'dark'): Promise<void> {
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: false }
    await this.#send('Emulation.setDeviceMetricsOverride', size)
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
  }

  async evaluate(expression: string): Promise<unknown> {
    const asked = { expression, awaitPromise: true, returnByValue: true }
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', asked)
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return (result as { value?: unknown }).value
  }

  async screenshot(whole = false): Promise<Buffer> {
    const { data } = await this.#send('Page.captureScreenshot', { captureBeyondViewport: whole })
    return Buffer.from(String(data), 'base64')
  }

  requests(): readonly string[] {
    return this.#requests
  }

  #send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id
    const session = this.#session === '' ? {} : { sessionId: this.#session }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result = {}, error }) => {
        if (error === undefined) resolve(result)
        else reject(new Error(`${method}: ${error.message}`))
      })
      this.#socket.send(JSON.stringify({ id, method, params, ...session }))
    })
  }

  #once(method: string): Promise<void> {
    return new Promise((resolve) => this.#hearing.set(method, [...(this.#hearing.get(method) ?? []), resolve]))
  }

  #hear(message: Message): void {
    const { id, method, params } = message
    if (id !== undefined) {
      this.#waiting.get(id)?.(message)
      this.#waiting.delete(id)
    }
    if (method === undefined) return
    if (method === 'Network.requestWillBeSent') {
      const { url } = (params?.['request'] ?? {}) as { url?: string }
      if (url !== undefined && url !== this.#url) this.#requests.push(url)
    }
    for (const resolve of this.#hearing.get(method) ?? []) resolve()
    this.#hearing.delete(method)
  }
}
