import type { Grid } from '../types.ts';
import { ramp } from './numbers.ts';

/**
 * How much of each cell has the colour of a flame, 0 to 1: the rules of Celik and Demirel 2009 (Fire Saf. J. 44:147) on the mean of
 * the cell, Y > Cb, Cr > Cb, Y above and Cb below and Cr above the means of the picture. Their |Cb − Cr| ≥ 40 is a tenth of a flame
 * of orange colour here, since a flame fills few of its cells: the distance counts from 30 on and is a whole flame at 100.
 */
export function flameColour({ y, cb, cr }: Grid, into: Float32Array): void {
  let [sumY, sumCb, sumCr] = [0, 0, 0];
  const cells = y.length;
  for (let i = 0; i < cells; i += 1) {
    sumY += y[i]!;
    sumCb += cb[i]!;
    sumCr += cr[i]!;
  }
  const [meanY, meanCb, meanCr] = [sumY / cells, sumCb / cells, sumCr / cells];
  for (let i = 0; i < cells; i += 1) {
    const [blue, red, luma] = [cb[i]!, cr[i]!, y[i]!];
    const like = luma > blue && red > blue && luma > meanY && blue < meanCb && red > meanCr && isYellow(blue, red);
    into[i] = like ? ramp(red - blue, 30, 100) : 0;
  }
}

/**
 * A flame holds more green than blue (R ≥ G > B, Chen 2004), which red paint and tail lights do not: by the matrix of BT.601
 * G = B lies where 128 − Cb is 0.34 of Cr − 128, and a mixture with grey stays on that line. Orange begins at half.
 */
function isYellow(blue: number, red: number): boolean {
  return 128 - blue >= 0.5 * (red - 128);
}
