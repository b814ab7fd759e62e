import { Fault } from '@tocsin/contracts';
import { helpText, type Io, parseWords } from './command.ts';
import { commands, type Listed } from './commands/index.ts';

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Tocsin senses danger at the edge, acts on the spot, and puts the right fact before the right person.',
    '',
    'Usage: tocsin COMMAND [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Every command has --help with an example. New here? Try: tocsin demo',
  ].join('\n');
}

function unknown(name: string): string {
  const near = commands.find((command) => command.name.startsWith(name.slice(0, 3)) || name.startsWith(command.name));
  return `tocsin: there is no command "${name}".${near ? ` Did you mean "${near.name}"?` : ''} Run: tocsin --help`;
}

/** Runs one subcommand and answers its exit status; every operating error becomes one clear line. */
export async function runCli(words: string[], io: Io, list: readonly Listed[] = commands): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.out(`${overview()}\n`);
    return name === undefined ? 2 : 0;
  }
  const listed = list.find((candidate) => candidate.name === name);
  if (!listed) {
    io.err(`${unknown(name)}\n`);
    return 2;
  }
  try {
    const command = await listed.load();
    if (rest.includes('--help') || rest.includes('-h')) {
      io.out(`${helpText(command, listed.summary)}\n`);
      return 0;
    }
    return await command.run({ ...parseWords(command, rest), io });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    io.err(`tocsin ${name}: ${error.message}\n`);
    return error.kind === 'config' || error.kind === 'input' ? 2 : 1;
  }
}

/** Entry of the `tocsin` program. */
export async function main(words: string[]): Promise<void> {
  // A reader that closes early (`tocsin replay … | head`) ends the program quietly, as it does for every other filter.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await runCli(words, {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
    env: process.env,
    cwd: process.cwd(),
  });
}
