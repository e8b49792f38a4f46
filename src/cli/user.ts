import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import type { AccountResult, Accounts } from '../identity/local/accounts.ts'
import { withAccounts } from './accounts.ts'
import { CommandError, EXIT } from './exit.ts'
import { askPassword } from './password.ts'
import { columns, type Terminal } from './terminal.ts'

interface PasswordOptions {
  readonly generate?: true
}

interface AddOptions extends PasswordOptions {
  readonly groups?: string
  readonly email?: string
  readonly fullName?: string
}

/** `labelgate user …`: local accounts. */
export function userCommand(terminal: Terminal): Command {
  const user = new Command('user').description('local accounts')
  const change = (
    usage: string,
    description: string,
    run: (accounts: Accounts, name: string) => Promise<AccountResult>,
  ) =>
    user
      .command(usage)
      .description(description)
      .action((name: string) =>
        withAccounts(terminal, async (accounts) =>
          say(terminal, `${name}: ${usage.split(' ')[0]}d`, await run(accounts, name), name),
        ),
      )

  user
    .command('add <name>')
    .description('adds an account; the password is asked for, or is the first line of standard input')
    .option('--groups <groups>', 'groups it belongs to, by commas')
    .option('--email <address>', 'e-mail address')
    .option('--full-name <name>', 'name that is shown')
    .option('--generate', 'makes a password and prints it')
    .action((name: string, options: AddOptions) =>
      withAccounts(terminal, (accounts) => add(terminal, accounts, name, options)),
    )
  user
    .command('list')
    .description('lists accounts')
    .option('--json', 'for machines')
    .action(({ json }: { json?: true }) =>
      withAccounts(terminal, (accounts) => list(terminal, accounts, json === true)),
    )
  user
    .command('passwd <name>')
    .description('sets another password, and ends every session of the account')
    .option('--generate', 'makes a password and prints it')
    .action((name: string, options: PasswordOptions) =>
      withAccounts(terminal, (accounts) => passwd(terminal, accounts, name, options)),
    )
  user
    .command('groups <name> [groups]')
    .description('sets the groups, by commas, in place of those it had; without any, it is in none')
    .action((name: string, groups = '') =>
      withAccounts(terminal, async (accounts) => {
        const result = await accounts.setGroups(name, splitGroups(groups), Date.now())
        say(terminal, result.kind === 'ok' ? `${name}: ${shownGroups(result.account.groups)}` : '', result, name)
      }),
    )
  change('disable <name>', 'shuts the account, and ends its sessions', (accounts, name) =>
    accounts.disable(name, Date.now()),
  )
  change('enable <name>', 'opens a disabled account again', (accounts, name) => accounts.enable(name, Date.now()))
  change('remove <name>', 'removes the account, and ends its sessions', (accounts, name) =>
    accounts.remove(name, Date.now()),
  )
  return user
}

async function add(terminal: Terminal, accounts: Accounts, name: string, options: AddOptions): Promise<void> {
  const { groups = '', email, fullName } = options
  const password = await passwordFor(name, options)
  const wanted = { name, password, email, displayName: fullName, groups: splitGroups(groups) }
  const result = await accounts.add(wanted, Date.now())
  say(
    terminal,
    result.kind === 'ok'
      ? `${result.account.name}: added, ${shownGroups(result.account.groups)}${shownPassword(password, options)}`
      : '',
    result,
    name,
  )
}

async function passwd(terminal: Terminal, accounts: Accounts, name: string, options: PasswordOptions): Promise<void> {
  const password = await passwordFor(name, options)
  const result = await accounts.passwd(name, password, Date.now())
  say(terminal, `${name}: has another password${shownPassword(password, options)}`, result, name)
}

async function list(terminal: Terminal, accounts: Accounts, json: boolean): Promise<void> {
  const all = (await accounts.list()).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const rows = all.map(({ name, displayName, email, groups, disabled, createdAt }) => ({
    name,
    fullName: displayName,
    email,
    groups,
    disabled,
    created: new Date(createdAt).toISOString(),
  }))
  if (json) return terminal.out(JSON.stringify(rows, null, 2))
  if (rows.length === 0) return terminal.out('no accounts yet: labelgate user add <name>')
  const shown = rows.map((row) => [
    row.name,
    row.fullName,
    row.email,
    row.groups.join(', '),
    row.disabled ? 'disabled' : '',
  ])
  terminal.out(columns([['NAME', 'FULL NAME', 'E-MAIL', 'GROUPS', ''], ...shown]))
}

async function passwordFor(name: string, { generate }: PasswordOptions): Promise<string> {
  return generate === true ? randomBytes(15).toString('base64url') : askPassword(`password of ${name}`)
}

/** One that was made here is shown, once it is somebody's. */
function shownPassword(password: string, { generate }: PasswordOptions): string {
  return generate === true ? `\npassword: ${password}` : ''
}

function splitGroups(text: string): string[] {
  return text.trim() === '' ? [] : text.split(',').map((group) => group.trim())
}

function shownGroups(groups: readonly string[]): string {
  return groups.length === 0 ? 'in no group' : `in ${groups.join(', ')}`
}

/** The good news, or what is in its way. */
function say({ out }: Terminal, done: string, result: AccountResult, name: string): void {
  switch (result.kind) {
    case 'ok':
      return out(done)
    case 'invalid':
      throw new CommandError(EXIT.usage, `${WORDS[result.field]} ${result.reason}`)
    case 'taken':
      throw new CommandError(EXIT.problems, `there is an account called ${name} already`)
    case 'unknown':
      throw new CommandError(EXIT.problems, `there is no account called ${name}: labelgate user list`)
    case 'busy':
      throw new CommandError(EXIT.unreachable, 'too many passwords are being set at once: try again')
  }
}

const WORDS = {
  name: 'a user name',
  password: 'the password',
  email: 'the e-mail',
  displayName: 'the full name',
  groups: 'groups',
} as const
