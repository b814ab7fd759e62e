import { cellOf, interlocksOf, proveTable, tableOf } from '@tocsin/edge-agent/matrix';
import { formatProblems, loadSite } from '@tocsin/edge-agent/site';
import { type CliCommand, fileArgument } from '../command.ts';

const usage = 'tocsin matrix SITE.yaml [--test]';

/** Rows of equal width, parted by two blanks. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}

export const matrix: CliCommand = {
  name: 'matrix',
  usage,
  example: 'tocsin matrix building.yaml --test',
  options: { test: { type: 'boolean' }, json: { type: 'boolean' } },
  help: {
    test: { says: 'Prove every cell: play its causes and see that exactly what it declares is ordered.' },
    json: { says: 'Causes, effects, cells and the proof as JSON.' },
  },
  async run({ args, options, io }) {
    const file = fileArgument(args, 'site file', usage);
    const loaded = loadSite(file);
    if (!loaded.ok) {
      if (options.json) io.out(`${JSON.stringify({ ok: false, problems: loaded.problems })}\n`);
      else io.err(`${formatProblems(loaded.problems)}\n`);
      return 2;
    }
    const { site } = loaded;
    const table = tableOf(site);
    const proof = options.test === true ? proveTable(site, table) : undefined;
    const failed = proof !== undefined && proof.failures.length > 0;
    if (options.json) {
      const effects = table.effects.map((effect) => ({
        ...effect,
        cells: Object.fromEntries(table.causes.map((cause) => [cause.name, cellOf(cause, effect, table)])),
        interlocks: interlocksOf(effect, site),
      }));
      io.out(
        `${JSON.stringify({ ok: !failed, site: site.site, causes: table.causes, effects, ...(proof && { proof }) })}\n`,
      );
      return failed ? 1 : 0;
    }
    if (table.effects.length === 0) {
      io.out(`${file}: no rule asks any actuator for anything.\n`);
      return 0;
    }
    const { causes, effects } = table;
    const lines = aligned([
      ['', ...effects.map(({ id }) => id)],
      ['cause', ...effects.map(({ actuator, action }) => `${actuator}: ${action}`)],
      ...causes.map((cause) => [cause.name, ...effects.map((effect) => cellOf(cause, effect, table) || '·')]),
    ]);
    const notes = effects.flatMap((effect) => interlocksOf(effect, site).map((text) => `${effect.id}: ${text}`));
    io.out(`${[...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`);
    if (proof === undefined) return 0;
    const held = `${proof.cells} cell${proof.cells === 1 ? '' : 's'}`;
    if (!failed) io.out(`\nAll ${held} hold.\n`);
    else {
      const rows = proof.failures.map(({ cause, effect, says }) => `${cause} × ${effect}: ${says}.`);
      io.out(`\n${rows.join('\n')}\n${proof.failures.length} of ${held} fail.\n`);
    }
    return failed ? 1 : 0;
  },
};
