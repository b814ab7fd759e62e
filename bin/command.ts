import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { Fault } from '@tocsin/contracts';

/** Where a command writes and whether somebody watches; tests give their own. */
export type Io = {
  out(text: string): void;
  err(text: string): void;
  /** True when standard error is a terminal, so that progress may be drawn. */
  terminal: boolean;
  env: Record<string, string | undefined>;
  cwd: string;
};

type OptionText = { value?: string; says: string };
type ParsedValues = Record<string, string | boolean | (string | boolean)[] | undefined>;

/**
 * One subcommand of `tocsin`. `run` answers the exit status: 0 done, 1 failed, 2 bad input.
 * Options are those of node:util parseArgs; every one has a line of help.
 */
export type CliCommand = {
  name: string;
  usage: string;
  example: string;
  options: ParseArgsOptionsConfig;
  help: Record<string, OptionText>;
  run(input: { args: string[]; options: ParsedValues; io: Io }): Promise<number>;
};

/** The text of `tocsin NAME --help`. */
export function helpText(command: CliCommand, summary: string): string {
  const rows = Object.entries<OptionText>({ ...command.help, help: { says: 'Show this text.' } }).map(
    ([name, { value, says }]) => [`  --${name}${value ? ` ${value}` : ''}`, says] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    summary,
    '',
    `Usage: ${command.usage}`,
    '',
    'Options:',
    ...rows.map(([left, says]) => `${left.padEnd(width)}  ${says}`),
    '',
    'Example:',
    ...command.example.split('\n').map((line) => `  ${line}`),
    '',
    'Exit status: 0 done, 1 failed, 2 bad input.',
  ].join('\n');
}

/** Parses the words after the subcommand; a wrong option is bad input with a pointer to the help. */
export function parseWords(command: CliCommand, words: string[]): { args: string[]; options: ParsedValues } {
  try {
    const { positionals, values } = parseArgs({
      args: words,
      options: { ...command.options, help: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    });
    return { args: positionals, options: values as ParsedValues };
  } catch (cause) {
    const what = (cause as Error).message.split('. ')[0] ?? 'Unknown option';
    throw new Fault('ARGUMENT_INVALID', `${what}.`, { remedy: `See: tocsin ${command.name} --help`, cause });
  }
}

/** An option that must be a number, e.g. `--speed 10`. */
export function numberOption(options: ParsedValues, name: string): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) {
    throw new Fault('ARGUMENT_INVALID', `--${name} ${String(text)} is not a number.`);
  }
  return value;
}

/** The single file a command works on. */
export function fileArgument(args: string[], what: string, usage: string): string {
  if (args.length !== 1) {
    throw new Fault('ARGUMENT_INVALID', args.length === 0 ? `No ${what} given.` : `One ${what}, not ${args.length}.`, {
      remedy: `Usage: ${usage}`,
    });
  }
  return args[0]!;
}
