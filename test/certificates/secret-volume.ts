import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PairFiles } from '../../src/certificates/reload.ts'

/** A folder as the kubelet makes one for a Secret: files are links through `..data`, which one rename swaps. */
export class SecretVolume {
  readonly files: PairFiles
  readonly #folder: string
  #version = 0

  constructor(folder: string, texts: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.write(texts)
    for (const name of Object.keys(texts)) symlinkSync(join('..data', name), join(folder, name))
    const clientCaFile = 'ca.crt' in texts ? join(folder, 'ca.crt') : undefined
    this.files = { certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key'), clientCaFile }
  }

  write(texts: Readonly<Record<string, string>>): void {
    const version = `..version-${this.#version++}`
    mkdirSync(join(this.#folder, version))
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(this.#folder, version, name), text)
    symlinkSync(version, join(this.#folder, '..data_tmp'))
    renameSync(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'))
  }
}
