import { get, request, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Reply {
  status: number | undefined
  body: string
}

/** POSTs JSON over a connection of its own. */
export function post(url: string, body: string, options: RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const call = request(url, { method: 'POST', headers, agent: false, rejectUnauthorized: false, ...options })
    call.on('error', reject)
    call.on('response', (response) => {
      text(response).then((read) => resolve({ status: response.statusCode, body: read }), reject)
    })
    call.end(body)
  })
}

/** The serial number of the certificate that a new connection gets. */
export function servedSerial(authority: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = get(`https://${authority}/`, { agent: false, rejectUnauthorized: false }, (response) => {
      response.resume()
    })
    call.on('error', reject)
    call.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        if ('getPeerX509Certificate' in socket && typeof socket.getPeerX509Certificate === 'function') {
          resolve(String(socket.getPeerX509Certificate().serialNumber))
        }
      })
    })
  })
}
