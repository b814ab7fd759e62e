/** What ffmpeg's last words mean, most telling first. */
const meanings: readonly [words: RegExp, sentence: string][] = [
  [/401 Unauthorized|authorization failed/i, 'The camera refuses the login (401).'],
  [/403 Forbidden/i, 'The camera refuses the login (403).'],
  [/404 Not Found/i, 'The camera has nothing at this address (404).'],
  [/Connection refused/, 'The camera refuses the connection.'],
  [/No route to host|Network is unreachable/, 'The camera cannot be reached.'],
  [/Name or service not known|resolve hostname|name resolution/, 'The camera has a name that cannot be looked up.'],
  [/timed out/i, 'The camera does not answer in time.'],
  [/Permission denied/, 'The gateway may not read it; a user of cameras belongs to the group video.'],
  [/Device or resource busy/, 'Another program uses the camera.'],
  [/No such (file or directory|device)/, 'There is no such file or device.'],
  [/not on whitelist/, 'It leads to an address of another kind, which is not followed.'],
  [/Unrecognized option|Option not found/, 'This ffmpeg does not know an option; 5.1 or newer is needed.'],
  [/Invalid data found|moov atom not found/, 'What it gives is no video that ffmpeg can read.'],
];

/** Longest sentence that is passed on. */
const lineCharactersMax = 160;

/**
 * Turns what ffmpeg wrote to its standard error into one sentence that can be told: addresses and memory places are taken out, and a
 * line that holds one of `secrets` (however written) is never passed on.
 */
export function explainFfmpeg(stderr: string, end: string, secrets: readonly string[]): string {
  const meaning = meanings.find(([words]) => words.test(stderr));
  if (meaning !== undefined) return meaning[1];
  const clean = stderr
    .split(/[\r\n]+/)
    .filter((line) => !secrets.some((secret) => secret !== '' && line.includes(secret)))
    .map((line) => line.replaceAll(/\b[a-z+]+:\/\/\S*/gi, '…').replaceAll(/^\[[^\]]*\] ?/g, ''))
    .map((line) =>
      [...line]
        .filter((character) => character >= ' ')
        .join('')
        .trim(),
    )
    .filter((line) => line !== '');
  const last = clean.at(-1);
  return last === undefined ? `ffmpeg ended (${end}).` : `ffmpeg ended: ${last.slice(0, lineCharactersMax)}`;
}
