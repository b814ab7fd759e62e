import {
  type AlertPicture,
  alertKey,
  CameraState,
  type Clock,
  type Desk,
  Fault,
  type Ledger,
  Name,
  PictureHash,
  type PictureReader,
} from '@tocsin/contracts';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { demandSite, personOf } from '../access.ts';
import { AlertParams, type Api, answers, closed, Empty, Problem } from '../schemas.ts';
import { createViewings } from './viewings.ts';

type Deps = { desk: Desk; pictures: PictureReader; ledger: Ledger; clock: Clock };

const PictureParams = Type.Object({ ...AlertParams.properties, sha256: PictureHash }, closed);
const SiteParams = Type.Object({ site: Name }, closed);
const CameraParams = Type.Object({ site: Name, camera: Name }, closed);
const Cameras = Type.Object({ nowMs: Type.Number(), cameras: Type.Array(CameraState) });
const Jpeg = Type.Unsafe<Buffer>({ type: 'string', format: 'binary', description: 'The JPEG.' });
const jpegAnswers = { 200: Jpeg, '4xx': Problem, '5xx': Problem };

const why: Record<AlertPicture['state'], string> = {
  here: 'Its file is gone.',
  awaited: 'It has not come from the site yet.',
  expired: 'It was deleted, as all pictures are after a time.',
};

/** The frames of alerts, and what cameras see now. What is shown of an alert is a picture its own site announced for it, and no other. */
export function pictureRoutes(app: Api, { desk, pictures, ledger, clock }: Deps): void {
  const viewings = createViewings();

  function send(reply: FastifyReply, bytes: Uint8Array): FastifyReply {
    void reply.header('cache-control', 'private, no-store').type('image/jpeg');
    return reply.send(Buffer.from(bytes));
  }

  const picture = { params: PictureParams, querystring: Empty, response: jpegAnswers };
  app.get('/api/alerts/:site/:rule/:subject/pictures/:sha256', { schema: picture }, async (request, reply) => {
    const user = personOf(request);
    const { site, rule, subject, sha256 } = request.params;
    demandSite(user, site, 'ALERT_UNKNOWN');
    const key = alertKey(site, rule, subject);
    const detail = desk.alert(key);
    if (detail === undefined) throw new Fault('ALERT_UNKNOWN', '');
    const known = detail.pictures.find((one) => one.sha256 === sha256);
    if (known === undefined) throw new Fault('PICTURE_UNKNOWN', '');
    const bytes = known.state === 'here' ? await pictures.read(site, sha256) : undefined;
    if (bytes === undefined) throw new Fault('PICTURE_UNKNOWN', why[known.state]);
    const viewing = `${user.id} ${key} ${sha256}`;
    if (!viewings.has(viewing)) {
      const { camera, role, takenAtMs, occurrence } = known;
      const body = { act: 'picture.view', key, occurrence, sha256, camera, role, takenAtMs };
      ledger.append({ atMs: clock.nowMs(), kind: 'operator', actor: user.name, body });
      viewings.add(viewing);
    }
    return send(reply, bytes);
  });

  const list = { params: SiteParams, querystring: Empty, response: answers(Cameras) };
  app.get('/api/sites/:site/cameras', { schema: list }, (request) => {
    const { site } = request.params;
    demandSite(personOf(request), site);
    return { nowMs: clock.nowMs(), cameras: pictures.cameras(site) };
  });

  // The hash is only there so that a new still has a new address.
  const Scene = Type.Object({ v: Type.Optional(PictureHash) }, closed);
  const scene = { params: CameraParams, querystring: Scene, response: jpegAnswers };
  app.get('/api/sites/:site/cameras/:camera/scene', { schema: scene }, async (request, reply) => {
    const { site, camera } = request.params;
    demandSite(personOf(request), site);
    const bytes = await pictures.scene(site, camera);
    if (bytes === undefined) throw new Fault('PICTURE_UNKNOWN', 'This camera has no still of its empty street.');
    return send(reply, bytes);
  });
}
