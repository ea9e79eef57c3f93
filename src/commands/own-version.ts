import manifest from '../../package.json' with { type: 'json' }

export const { version } = manifest
export const versionLine = `holdfast ${version}`
/** How requests to the API server are signed. */
export const userAgent = `holdfast/${version}`
