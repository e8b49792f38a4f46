import { duration, line, path } from '../plain.ts'

/** Options of sign-in and of what people see. */
export const people = {
  sessionIdle: {
    name: 'LABELGATE_SESSION_IDLE',
    parse: duration({ least: '1s', most: '365d' }),
    default: '8h',
    unit: 'duration',
    sentence: 'A session that is not used for so long ends.',
  },
  sessionMax: {
    name: 'LABELGATE_SESSION_MAX',
    parse: duration({ least: '1s', most: '365d' }),
    default: '7d',
    unit: 'duration',
    sentence: 'A session ends so long after signing in, used or not.',
  },
  title: {
    name: 'LABELGATE_TITLE',
    parse: line(60),
    default: 'Labelgate',
    unit: 'text',
    sentence: 'Name of the place on every page.',
  },
  logo: {
    name: 'LABELGATE_LOGO',
    parse: path(),
    unset: "labelgate's own",
    unit: 'file',
    sentence: 'Picture on every page, SVG or PNG.',
  },
} as const
