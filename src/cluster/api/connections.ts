import type { RequestOptions } from 'node:https'
import { isDeepStrictEqual } from 'node:util'
import type { Dispatcher } from 'undici'
import type { KubeConfig } from './client.ts'

const connectTimeoutMs = 10_000
// The API server keeps an idle connection for 90 s; load balancers in front of it some for 60 s.
const keepAliveTimeout = 30_000
const keepAliveInitialDelay = 30_000

type Undici = typeof import('undici')
type Tls = Readonly<Record<string, unknown>>

/** What a request is sent with: connections, address and credentials. */
export interface Transport {
  dispatcher: Dispatcher
  /** The address of the API server; behind Rancher it has a path of its own. */
  server: URL
  headers: Readonly<Record<string, string>>
}

function tlsOf({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: RequestOptions): Tls {
  const all = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const basic = typeof auth === 'string' ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)])
  return { ...basic, ...Object.fromEntries(given) }
}

/** The connections to the API server, kept for all requests. They are new ones where a certificate or an authority was renewed. */
export class Connections {
  readonly #kubeConfig: KubeConfig
  readonly #undici: Undici
  #current: { tls: Tls; dispatcher: Dispatcher } | undefined

  constructor(kubeConfig: KubeConfig, undici: Undici) {
    this.#kubeConfig = kubeConfig
    this.#undici = undici
  }

  /** Reads the kubeconfig each time, because tokens and files are renewed. */
  async transport(): Promise<Transport> {
    const options: RequestOptions = {}
    await this.#kubeConfig.applyToHTTPSOptions(options)
    const cluster = this.#kubeConfig.getCurrentCluster()
    if (cluster === null) throw new Error('the kubeconfig names no current cluster')
    const dispatcher = this.#dispatcherFor(tlsOf(options), cluster.proxyUrl)
    return { dispatcher, server: new URL(cluster.server), headers: headersOf(options) }
  }

  /** Ends what is under way, too. */
  async close(): Promise<void> {
    await this.#current?.dispatcher.destroy()
  }

  #dispatcherFor(tls: Tls, proxy: string | undefined): Dispatcher {
    if (this.#current !== undefined && isDeepStrictEqual(this.#current.tls, tls)) return this.#current.dispatcher
    const outdated = this.#current?.dispatcher
    this.#current = { tls, dispatcher: this.#build(tls, proxy) }
    // What is under way on the old connections may end there.
    outdated?.close().catch(() => {})
    return this.#current.dispatcher
  }

  #build(tls: Tls, proxy: string | undefined): Dispatcher {
    const { Agent, ProxyAgent } = this.#undici
    const connect = { ...tls, timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay }
    const common = { allowH2: false, keepAliveTimeout }
    if (proxy === undefined) return new Agent({ ...common, connect })
    if (!/^https?:/.test(proxy)) throw new Error(`a proxy must be reached by http or https, not as ${proxy}`)
    return new ProxyAgent({ ...common, uri: proxy, requestTls: connect })
  }
}
