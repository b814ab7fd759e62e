/** The cause-and-effect matrix of a site, as a table and proved cell by cell. */
export { type Failure, type Proof, proveTable } from './prove.ts';
export { type Cause, cellOf, type Effect, interlocksOf, type Table, tableOf } from './table.ts';
