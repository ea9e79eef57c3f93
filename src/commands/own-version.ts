import manifest from '../../package.json' with { type: 'json' }

export const versionLine = `holdfast ${manifest.version}`
/** How requests to the API server are signed. */
export const userAgent = `holdfast/${manifest.version}`
