import * as z from 'zod'

const serviceAccount = /^system:serviceaccount:[-a-z0-9]{1,63}:[-.a-z0-9]{1,253}$/

/** Of a service account the whole name, so that a mistake in it is not taken for a user of another kind. */
function isUserName(text: string): boolean {
  if (/[\s*]/.test(text) || text === '') return false
  return serviceAccount.test(text) || !text.startsWith('system:serviceaccount')
}

const userName = z
  .string()
  .max(1024)
  .refine(isUserName)
  .meta({ title: 'a user name, such as system:serviceaccount:postgres-operator:postgres-operator' })

/** Which authors of requests are controllers, besides those of Kubernetes. */
export const operators = z.strictObject({
  trusted: z
    .array(userName)
    .default([])
    .meta({
      title: 'a list of user names',
      description:
        'Operators whose requests are never denied and never patched, with an owner reference or without: the user names of their service accounts. Do not list the accounts of people or of delivery tools.'
    })
    .transform((names): ReadonlySet<string> => new Set(names)),
  onlyTrusted: z.boolean().default(false).meta({
    description:
      'Whether an owner reference makes a controller only of those in `operators.trusted` and of Kubernetes itself. If not, it makes one of every service account of another namespace, if the owner is of a custom kind.'
  })
})
