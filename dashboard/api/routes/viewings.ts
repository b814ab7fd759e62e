/** As many viewings are remembered; beyond that one may stand in the ledger twice. */
const rememberedMax = 10_000;

/** Remembers who has looked at what since the server started, so that a page that is drawn again does not fill the ledger. */
export function createViewings() {
  const seen = new Set<string>();
  return {
    has: (viewing: string): boolean => seen.has(viewing),
    add(viewing: string): void {
      if (seen.size >= rememberedMax) seen.delete(seen.values().next().value!);
      seen.add(viewing);
    },
  };
}
