import { groundUnder, type View } from './geometry.ts';
import { pictureUrl } from './server.ts';
import type { Pair, Picture } from './words.ts';

/** Pixels of the picture that the magnifier shows to each side. */
const reachPx = 14;

/** The pixels under the cross, large, and what they are on the ground. */
export function Magnifier({ picture, cursor, view }: { picture: Picture; cursor: Pair; view: View | undefined }) {
  const [x, y] = cursor;
  const under = view && groundUnder(view, cursor);
  const side = 2 * reachPx;
  return (
    <section className="magnifier" aria-label="Under the cross">
      <svg className="lens" viewBox={`${x - reachPx} ${y - reachPx} ${side} ${side}`} aria-hidden="true">
        <image href={pictureUrl(picture.number)} width={picture.width} height={picture.height} />
        <path className="cross" d={`M${x - reachPx} ${y}h${side}M${x} ${y - reachPx}v${side}`} />
      </svg>
      <dl className="under">
        <div>
          <dt>Picture</dt>
          <dd>
            {x.toFixed(1)}, {y.toFixed(1)} px
          </dd>
        </div>
        <div>
          <dt>Ground</dt>
          <dd>{under ? `${under.m[0].toFixed(2)}, ${under.m[1].toFixed(2)} m` : view ? 'sky' : '–'}</dd>
        </div>
        <div>
          <dt>One pixel</dt>
          <dd>{under ? `${(under.metresPerPx * 100).toFixed(under.metresPerPx < 0.1 ? 1 : 0)} cm` : '–'}</dd>
        </div>
      </dl>
    </section>
  );
}
