import type { PictureBook } from '@tocsin/contracts';
import type { Kept, Shelf } from './shelf.ts';

export type PictureLimits = {
  /** Pictures older than this are deleted. */
  keepMs: number;
  /** All pictures together, and those of one site: no site can take the place of the others. */
  bytesMax: number;
  siteBytesMax: number;
};

/** A full shelf is emptied down to this share, so that the next picture does not cost the next deletion. */
const keepShare = 0.95;
/** Files of one site however small they are. */
const filesMax = 50_000;
/** Hashes one entry of the ledger names. */
const perEntry = 500;

/** The oldest of these that must go so that what stays is well within `bytesMax` bytes and `filesMax` files. */
function excess(kept: readonly Kept[], bytesMax: number): string[] {
  let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  let files = kept.length;
  const going: string[] = [];
  for (const one of kept) {
    if (bytes <= bytesMax * keepShare && files <= filesMax * keepShare) break;
    going.push(one.sha256);
    bytes -= one.bytes;
    files -= 1;
  }
  return going;
}

/** Deletes what is too old or too much. The book has it first, so that nothing disappears without a word. */
export function createRetention(shelf: Shelf, book: PictureBook, limits: PictureLimits) {
  async function forget(site: string, pictures: readonly string[], what: 'age' | 'budget'): Promise<number> {
    for (let i = 0; i < pictures.length; i += perEntry) {
      const some = pictures.slice(i, i + perEntry);
      book.gone(site, some, what);
      await shelf.remove(site, some);
    }
    return pictures.length;
  }

  return {
    /** Makes room within the budget of a site; answers how many went. */
    async fit(site: string): Promise<number> {
      if (shelf.bytes(site) <= limits.siteBytesMax && shelf.count(site) <= filesMax) return 0;
      return forget(site, excess(shelf.list(site), limits.siteBytesMax), 'budget');
    },
    /** Ends what is too old, then what is too much in all: from the site that holds most. */
    async sweep(nowMs: number): Promise<number> {
      let count = 0;
      for (const site of shelf.sites()) {
        const old = shelf.list(site).filter(({ atMs }) => atMs < nowMs - limits.keepMs);
        count += await forget(
          site,
          old.map(({ sha256 }) => sha256),
          'age',
        );
      }
      return count + (await this.fitAll());
    },
    /** Makes room within the budget of all sites together. */
    async fitAll(): Promise<number> {
      let count = 0;
      const held = shelf.sites().map((site) => ({ site, bytes: shelf.bytes(site) }));
      let bytes = held.reduce((sum, one) => sum + one.bytes, 0);
      while (bytes > limits.bytesMax) {
        const most = held.reduce((a, b) => (a.bytes >= b.bytes ? a : b));
        const going = excess(shelf.list(most.site), most.bytes * keepShare);
        if (going.length === 0) break;
        count += await forget(most.site, going, 'budget');
        bytes -= most.bytes;
        most.bytes = shelf.bytes(most.site);
        bytes += most.bytes;
      }
      return count;
    },
  };
}
