import { hash } from 'node:crypto'
import { type DoorOptions, INTERNAL_HEADERS, judgedHeaders, PATIENCE, plain, SILENCE } from '../door/options.ts'

const JSON_TYPE = 'default_type application/json;'
/** What nginx answers in our place, where it lets no more through. A program reads the status. */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'bad-request',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  411: 'length-required',
  413: 'too-large',
  429: 'not-ready',
  503: 'not-ready',
}

/**
 * The question, and what becomes of a no.
 * @param everywhere for a server of one's own: holds in every location of it that says nothing else
 */
export function serverLines(options: DoorOptions, everywhere = false): string[] {
  return [
    ...(everywhere ? locationLines(options) : []),
    ...question(options),
    '',
    ...block('@labelgate_sign_in', [
      '# a page for people, a challenge for programs',
      'auth_request off;',
      'add_header Set-Cookie $labelgate_set_cookie always;',
      'add_header Clear-Site-Data $labelgate_clear always;',
      'add_header Cache-Control no-store always;',
      JSON_TYPE,
      `if ($labelgate_location = "") { return 401 '{"error":"sign-in","sign_in":"${plain(options.portal.origin, 'the origin')}/login"}'; }`,
      'if ($labelgate_status = 303) { return 303 $labelgate_location; }',
      'return 302 $labelgate_location;',
    ]),
    ...block('@labelgate_refused', [
      '# nginx keeps of a refusal its status alone: where there is a page for it, it is asked for once more',
      'auth_request off;',
      'add_header Retry-After $labelgate_retry_after always;',
      'add_header Cache-Control no-store always;',
      JSON_TYPE,
      ...Object.entries(STATUSES).map(
        ([status, error]) => `if ($labelgate_short = ${status}) { return ${status} '{"error":"${error}"}'; }`,
      ),
      `rewrite ^ /auth/refusal/${plain(options.proxyKey, 'the key')}? break;`,
      ...asking(options),
      'proxy_method GET;',
      'proxy_set_header X-Forwarded-Method $request_method;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
      'proxy_set_header X-Forwarded-Host $http_host;',
      'proxy_set_header X-Forwarded-Uri $request_uri;',
      'proxy_hide_header Retry-After;',
      'proxy_hide_header Cache-Control;',
    ]),
    ...block('@labelgate_down', [
      '# labelgate is away, or what answers is not labelgate',
      'auth_request off;',
      'add_header Retry-After 2 always;',
      'add_header Cache-Control no-store always;',
      JSON_TYPE,
      `return 503 '{"error":"not-ready"}';`,
    ]),
  ]
}

/** Stands in each location that proxies: nginx inherits none of it where a location has one line of its own. */
export function locationLines(options: DoorOptions): string[] {
  const judged = judgedHeaders(options)
  return [
    ...ASKED,
    ...judged.map((name) => `auth_request_set $${variable(name)} $upstream_http_${underscored(name)};`),
    ...ANSWER.map(([name, header]) => `auth_request_set $labelgate_${name} $upstream_http_${header};`),
    ...judged.map((name) => `proxy_set_header ${name} $${variable(name)};`),
    ...INTERNAL_HEADERS.map((name) => `proxy_set_header ${name} "";`),
    'proxy_set_header Host $http_host;',
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_set_header X-Forwarded-Host $http_host;',
    'proxy_set_header X-Forwarded-Proto $scheme;',
    'proxy_set_header X-Real-IP $remote_addr;',
    'proxy_set_header Forwarded "";',
    'proxy_set_header Upgrade $labelgate_upgrade;',
    'proxy_set_header Connection $labelgate_connection;',
    'proxy_set_header Proxy-Connection "";',
    'proxy_set_header HTTP2-Settings "";',
    'proxy_http_version 1.1;',
    '# uploads, downloads and event streams pass as they come, however large',
    'client_max_body_size 0;',
    'proxy_request_buffering off;',
    'proxy_buffering off;',
    `proxy_read_timeout ${SILENCE}s;`,
    `proxy_send_timeout ${SILENCE}s;`,
    'proxy_intercept_errors off;',
    'proxy_pass_request_headers on;',
  ]
}

const ASKED = [
  'auth_request /.labelgate/question;',
  'error_page 401 = @labelgate_sign_in;',
  'error_page 403 = @labelgate_refused;',
  'error_page 500 = @labelgate_down;',
]

const ANSWER = [
  ['upstream', 'x_labelgate_upstream'],
  ['status', 'x_labelgate_status'],
  ['location', 'location'],
  ['set_cookie', 'set_cookie'],
  ['clear', 'clear_site_data'],
  ['retry_after', 'retry_after'],
] as const

function question(options: DoorOptions): string[] {
  return [
    'location = /.labelgate/question {',
    ...[
      'internal;',
      'auth_request off;',
      `rewrite ^ /auth/nginx/${plain(options.proxyKey, 'the key')} break;`,
      ...asking(options),
      'proxy_set_header X-Original-URL $scheme://$http_host$request_uri;',
      'proxy_set_header X-Original-Method $request_method;',
      '# the length of the upload is no matter of the question',
      'client_max_body_size 0;',
    ].map((line) => `    ${line}`),
    '}',
  ]
}

function asking({ internalUrl, identityHeaders }: DoorOptions): string[] {
  return [
    `proxy_pass ${new URL(internalUrl).protocol}//labelgate;`,
    'proxy_http_version 1.1;',
    'proxy_pass_request_body off;',
    'proxy_set_header Content-Length "";',
    'proxy_set_header Connection "";',
    'proxy_set_header Host labelgate;',
    'proxy_set_header X-Forwarded-For $remote_addr;',
    `proxy_set_header X-Labelgate-Headers ${identityHeaders.join(',')};`,
    'proxy_set_header X-Labelgate-Body "$content_length;$http_transfer_encoding";',
    '# else nothing of ours could be kept where that is allowed (proxy_cache)',
    'proxy_buffering on;',
    'proxy_buffer_size 32k;',
    'proxy_buffers 4 32k;',
    `proxy_connect_timeout 2s;`,
    `proxy_read_timeout ${PATIENCE}s;`,
    'proxy_next_upstream off;',
  ]
}

function block(name: string, lines: readonly string[]): string[] {
  return [`location ${name} {`, ...lines.map((line) => `    ${line}`), '}']
}

/** nginx does not start on the name of a variable that is longer than its hash has room for: 46 characters. */
function variable(name: string): string {
  const text = underscored(name)
  const short = text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 9)}_${hash('sha256', text).slice(0, 8)}`
  return `labelgate_h_${short}`
}

const LONGEST = 46 - 'labelgate_h_'.length

function underscored(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}
