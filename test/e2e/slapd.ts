/** A real OpenLDAP server of a test's own: mdb in a temporary folder, memberOf, password policy, TLS by a private CA. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa, type ResultPromise } from 'execa'
import { freePort } from '../free-port.ts'

export const SUFFIX = 'dc=example,dc=test'
export const SEARCHER = { dn: `cn=searcher,${SUFFIX}`, password: 'the searcher' }
const ROOT = { dn: `cn=root,${SUFFIX}`, password: 'the root' }
/** Entries that one search gives. */
export const SIZE_LIMIT = 60

export interface Slapd extends AsyncDisposable {
  /** `ldap://localhost:…` and `ldaps://localhost:…`; the certificate is for that name, and for no address. */
  readonly plain: string
  readonly tls: string
  /** PEM of the CA that signed its certificate. */
  readonly ca: string
  /** Adds (`add`) or changes (`modify`) what the LDIF says. */
  change(how: 'add' | 'modify', ldif: string): Promise<void>
  start(): Promise<void>
  /** As a power cut would. */
  kill(): Promise<void>
  /** Lets it hang, and go on. */
  freeze(frozen: boolean): void
}

/** @param options `certificate: false`: it knows no TLS */
export async function startSlapd(options: { certificate?: boolean } = {}): Promise<Slapd> {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-slapd-'))
  const [plainPort, tlsPort] = [await freePort(), await freePort()]
  const ca = await certificates(folder)
  await writeFile(join(folder, 'slapd.conf'), configuration(folder, options.certificate ?? true))
  const file = join(folder, 'change.ldif')
  let child: Pick<ResultPromise, 'kill'> | undefined
  let over: Promise<unknown> | undefined

  const slapd: Slapd = {
    plain: `ldap://localhost:${plainPort}`,
    tls: `ldaps://localhost:${tlsPort}`,
    ca,
    change: async (how, ldif) => {
      await writeFile(file, ldif)
      const who = ['-x', '-D', ROOT.dn, '-w', ROOT.password, '-H', `ldap://127.0.0.1:${plainPort}`]
      await execa(how === 'add' ? 'ldapadd' : 'ldapmodify', [...who, '-f', file])
    },
    start: async () => {
      const listen = `ldap://127.0.0.1:${plainPort}${options.certificate === false ? '' : ` ldaps://127.0.0.1:${tlsPort}`}`
      const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`
      const started = execa('slapd', ['-d', '0', '-f', join(folder, 'slapd.conf'), '-h', listen], {
        reject: false,
        env: { PATH },
      })
      child = started
      over = started.then(() => undefined)
      await answers(plainPort)
    },
    kill: async () => {
      child?.kill('SIGKILL')
      await over
    },
    freeze: (frozen) => void child?.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await slapd.kill()
      await rm(folder, { recursive: true })
    },
  }
  await slapd.start()
  return slapd
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const there = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (there) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** @returns the CA's certificate, PEM */
async function certificates(folder: string): Promise<string> {
  const run = (...args: string[]) => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  run('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=a private CA')
  run('req', ...curve, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
  await writeFile(join(folder, 'names'), 'subjectAltName=DNS:localhost')
  const signed = ['-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
  run('x509', '-req', ...signed, '-extfile', 'names', '-out', 'server.pem')
  return readFile(join(folder, 'ca.pem'), 'utf8')
}

function configuration(folder: string, certificate: boolean): string {
  const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`)
  const tls = [
    'TLSCertificateFile ' + join(folder, 'server.pem'),
    'TLSCertificateKeyFile ' + join(folder, 'server.key'),
  ]
  const modules = ['back_mdb', 'memberof', 'ppolicy'].map((name) => `moduleload ${name}`)
  return [
    ...schemas,
    // what other servers have to say about an account
    ...['userAccountControl', 'accountExpires', 'nsAccountLock'].map(
      (name, i) => `attributetype ( 1.3.6.1.4.1.4203.666.1.${i} NAME '${name}' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )`,
    ),
    "objectclass ( 1.3.6.1.4.1.4203.666.2.0 NAME 'foreign' AUXILIARY MAY ( userAccountControl $ accountExpires $ nsAccountLock ) )",
    'modulepath /usr/lib/ldap',
    ...modules,
    ...(certificate ? tls : []),
    'conn_max_pending 400',
    'database mdb',
    `suffix "${SUFFIX}"`,
    `rootdn "${ROOT.dn}"`,
    `rootpw "${ROOT.password}"`,
    `directory ${folder}`,
    'maxsize 67108864',
    'dbnosync',
    `sizelimit ${SIZE_LIMIT}`,
    'index objectClass,uid,member eq',
    'access to attrs=userPassword by anonymous auth by * none',
    `access to * by dn.exact="${SEARCHER.dn}" read by users read by * none`,
    'overlay memberof',
    'memberof-group-oc groupOfNames',
    'overlay ppolicy',
  ].join('\n')
}

/** LDIF of the tree itself and of who searches in it. */
export function tree(): string {
  return [
    `dn: ${SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: example\ndc: example`,
    ...['people', 'groups', 'crowd'].map((ou) => `dn: ou=${ou},${SUFFIX}\nobjectClass: organizationalUnit\nou: ${ou}`),
    `dn: ${SEARCHER.dn}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: searcher\nuserPassword: ${SEARCHER.password}`,
  ].join('\n\n')
}

/** @param lines further ones of the entry */
export function person(uid: string, password: string, ...lines: string[]): string {
  return [
    `dn: ${personDn(uid)}`,
    'objectClass: inetOrgPerson\nobjectClass: foreign',
    `uid: ${uid}`,
    `cn: ${uid} Example`,
    `sn: Example`,
    `mail: ${uid.replaceAll(/[^a-z]/g, '')}@Example.test`,
    `userPassword: ${password}`,
    ...lines,
  ].join('\n')
}

/** @param members DNs */
export function group(cn: string, ...members: string[]): string {
  return [`dn: ${groupDn(cn)}`, 'objectClass: groupOfNames', `cn: ${cn}`, ...members.map((dn) => `member: ${dn}`)].join(
    '\n',
  )
}

export function personDn(uid: string): string {
  return `uid=${uid.replace('+', String.raw`\+`)},ou=people,${SUFFIX}`
}

export function groupDn(cn: string): string {
  return `cn=${cn},ou=groups,${SUFFIX}`
}
