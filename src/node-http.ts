/**
 * `node:http` and `node:https` by another way than `import`: that looks at each of their exports, WebSocket too, for
 * which Node then loads the whole of its fetch (9 MB of memory, 20 ms).
 */
export const http = process.getBuiltinModule('node:http')
export const https = process.getBuiltinModule('node:https')
