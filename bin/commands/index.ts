import type { CliCommand } from '../command.ts';
import { check } from './check.ts';
import { decode } from './decode.ts';
import { demo } from './demo.ts';
import { edge } from './edge.ts';
import { enroll } from './enroll.ts';
import { ledger } from './ledger.ts';
import { replay } from './replay.ts';
import { schema } from './schema.ts';
import { up } from './up.ts';
import { user } from './user.ts';

/** Every subcommand, in the order in which help lists them. */
export const commands = [
  demo,
  up,
  edge,
  check,
  replay,
  decode,
  ledger,
  enroll,
  user,
  schema,
] as const satisfies readonly CliCommand[];
