/** Shows the console over a town that is only pretended: `node dashboard/pretend/preview.ts`, then open the printed address. */
import { systemClock } from '@tocsin/contracts';
import { builtWebDir } from '../api/api.ts';
import { pretendAlert } from './alerts.ts';
import { goodPassword, pretendSeries, startPretendDashboard } from './dashboard.ts';
import { townPictures } from './pictures.ts';
import { tellStory } from './story.ts';
import { townSeries, townSite, townStory } from './town.ts';

const port = Number(process.argv[2] ?? 8090);
const series = townSeries(systemClock.nowMs, pretendSeries.export);
const pictures = townPictures(systemClock.nowMs);
const house = await startPretendDashboard({
  series,
  pictures,
  webDir: builtWebDir,
  listen: { host: '127.0.0.1', port },
});
await house.dashboard.accounts.create({ name: 'Ada', password: goodPassword, role: 'admin' }, 'preview');
tellStory(house.desk, systemClock.nowMs());
console.log(`http://127.0.0.1:${house.port}  name: Ada  password: ${goodPassword}`);

let beats = 0;
const beat = () => {
  const nowMs = systemClock.nowMs();
  beats += 1;
  for (const story of townStory) house.desk.setSite(townSite(story, nowMs));
  if (beats % 10 === 0) {
    const rule = `drift-${beats / 10}`;
    house.desk.raise(pretendAlert({ rule, takenAtMs: nowMs, severity: 'Minor', event: 'An extensometer drifts' }));
  }
  systemClock.after(3_000, beat);
};
beat();
process.once('SIGINT', () => void house.close());
process.once('SIGTERM', () => void house.close().then(() => process.exit(0)));
