import manifest from '../../package.json' with { type: 'json' }

export const versionLine = `holdfast ${manifest.version}`
