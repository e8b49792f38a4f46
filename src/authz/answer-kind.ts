import type { ForwardedFields } from './forwarded.ts'
import type { Method } from '../labels/spec.ts'

/** A person's browser that goes somewhere, or a program that wants to be told. */
export type AnswerKind = 'navigation' | 'api'

/**
 * Browsers say which it is (Fetch Metadata); else a GET that asks for HTML is taken for a person. A WebSocket, a
 * script's request, a preflight and an event stream must never be sent to a sign-in page: they would take it for data. Nor must a program that
 * shows a credential, whoever it is for.
 */
export function answerKind(method: Method, fields: Readonly<ForwardedFields>): AnswerKind {
  if (fields.socketKey !== '' || fields.upgrade !== '') return 'api'
  if (fields.fetchMode !== '') return fields.fetchMode === 'navigate' ? 'navigation' : 'api'
  if (method !== 'GET' && method !== 'HEAD') return 'api'
  if (fields.requestedWith !== '' || fields.authorization !== '') return 'api'
  return /\btext\/html\b|\bapplication\/xhtml\+xml\b/i.test(fields.accept) ? 'navigation' : 'api'
}
