import * as z from 'zod'

const serviceAccount = /^system:serviceaccount:[-a-z0-9]{1,63}:[-.a-z0-9]{1,253}$/

/** Whether a text can be a user name. A service account needs its whole name, so that a mistake in it does not pass for another kind of user. */
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
        'User names of operators, such as their service accounts. Their requests are never denied and never patched, with or without an owner reference. Do not list people or delivery tools.'
    })
    .transform((names): ReadonlySet<string> => new Set(names)),
  onlyTrusted: z.boolean().default(false).meta({
    description:
      'Whether only Kubernetes itself and the users in `operators.trusted` count as controllers. If not, a service account of another namespace also counts, where the object has an owner that no controller of Kubernetes maintains.'
  })
})
