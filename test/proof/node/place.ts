/** Where the node is in its own network. Nothing of it is seen from outside. */
export const nodeName = 'node-1'
export const nodeAddress = '10.99.0.1'
export const podRange = '10.244.0.0/24'
