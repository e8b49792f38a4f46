import type { FastifyReply } from 'fastify'
import { pageHeaders, type Page } from '../pages/page.ts'

export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return reply.code(status).headers(pageHeaders(page)).send(page.html)
}

/** 303: whatever the method was, the next request is a GET (RFC 9110 section 15.4.4). */
export function seeOther(reply: FastifyReply, location: string): FastifyReply {
  return reply.code(303).removeHeader('content-type').header('location', location).send()
}
