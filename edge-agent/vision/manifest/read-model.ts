import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** Largest ONNX file that is read: protobuf ends at 2 GiB, and a detector a gateway can run has 2 to 100 MB. */
export const modelBytesMax = 512 * 1024 * 1024;

/** Reads a model's bytes once and holds them against size and hash, so that what was checked is what runs; a text is the refusal. */
export function readModel(modelPath: string, sha256: string): Uint8Array | string {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(modelPath);
    if (size > modelBytesMax) return `${modelPath} has ${size} bytes, at most ${modelBytesMax} are read.`;
    bytes = readFileSync(modelPath);
  } catch (error) {
    return `${modelPath} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`;
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === sha256) return bytes;
  return (
    `${modelPath} has SHA-256 ${found}, but its manifest says ${sha256}. ` +
    'Fetch the file again, or correct the manifest if you made the model yourself.'
  );
}
