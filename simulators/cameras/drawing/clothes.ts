/**
 * What somebody looks like, from their seed: build, skin, hair, clothes. Colours are sRGB levels of things people do
 * wear.
 */
import { type Chance, chance } from '../../chance/chance.ts';
import type { Actor } from '../scene.ts';
import { paintOf } from './light.ts';
import type { Paint } from './shapes.ts';

type Rgb = readonly [number, number, number];
const skins: readonly Rgb[] = [
  [232, 190, 165],
  [222, 176, 148],
  [205, 155, 125],
  [160, 110, 82],
  [105, 70, 52],
];
const hairs: readonly Rgb[] = [
  [30, 24, 20],
  [58, 40, 28],
  [96, 66, 40],
  [170, 135, 85],
  [120, 116, 112],
];
const greys: readonly Rgb[] = [
  [190, 188, 185],
  [150, 148, 146],
  [222, 220, 216],
];
const tops: readonly Rgb[] = [
  [28, 32, 48],
  [150, 32, 36],
  [222, 220, 214],
  [40, 82, 140],
  [58, 62, 66],
  [30, 30, 32],
  [70, 96, 66],
  [196, 160, 60],
  [104, 40, 78],
  [120, 150, 185],
];
const trousers: readonly Rgb[] = [
  [34, 40, 62],
  [52, 66, 98],
  [28, 28, 30],
  [88, 84, 76],
  [130, 112, 86],
  [60, 58, 60],
];
const brights: readonly Rgb[] = [
  [220, 60, 60],
  [40, 110, 200],
  [240, 190, 50],
  [90, 170, 80],
  [220, 110, 170],
  [240, 240, 236],
];
const shoes: readonly Rgb[] = [
  [24, 22, 22],
  [70, 48, 34],
  [215, 215, 212],
];

export type Clothes = {
  skin: Paint;
  hair: Paint;
  top: Paint;
  /** Under an open jacket, or the same as the top. */
  shirt: Paint;
  legs: Paint;
  shoe: Paint;
  hasLongHair: boolean;
  isBald: boolean;
  hat?: Paint;
  /** How far the top reaches below the waist, as a share of the thigh. */
  coat: number;
  skirt: boolean;
  hasBareArms: boolean;
  hasBareShins: boolean;
  bag: 'none' | 'backpack' | 'handbag';
  bagPaint: Paint;
  isHiVis: boolean;
  /** Thickness against the usual. */
  girth: number;
};

/** The clothes of an actor. */
export function clothesOf(actor: Actor): Clothes {
  const luck = chance(`clothes ${actor.seed}`);
  const isChild = actor.kind === 'child';
  const isOld = actor.kind === 'slow';
  const draw = (from: readonly Rgb[]): Paint => paintOf(shaken(luck.pick(from), luck));
  const isFeminine = luck.next() < 0.5;
  const coat = isOld ? 0.35 + 0.3 * luck.next() : luck.pick([0, 0, 0.15, 0.35, 0.75]);
  const top = actor.look?.colour ? paintOf(actor.look.colour) : draw(isChild && luck.next() < 0.75 ? brights : tops);
  const skirt = isFeminine && luck.next() < 0.35;
  return {
    skin: draw(skins),
    hair: draw(isOld ? greys : hairs),
    top,
    shirt: luck.next() < 0.5 ? draw(tops) : top,
    legs: draw(trousers),
    shoe: draw(shoes),
    hasLongHair: isFeminine && luck.next() < 0.75,
    isBald: !isFeminine && !isChild && luck.next() < 0.15,
    ...(luck.next() < (isChild ? 0.35 : 0.18) && { hat: draw(isChild ? brights : tops) }),
    coat,
    skirt,
    hasBareArms: coat < 0.1 && luck.next() < 0.45,
    hasBareShins: skirt || (isChild && luck.next() < 0.3),
    bag: isChild ? luck.pick(['backpack', 'none']) : luck.pick(['none', 'none', 'backpack', 'handbag']),
    bagPaint: draw(isChild ? brights : tops),
    isHiVis: actor.look?.isHiVis === true,
    girth: 0.94 + 0.2 * luck.next() + (isChild ? 0.06 : 0),
  };
}

const shaken = (rgb: Rgb, luck: Chance): Rgb => {
  const by = 0.85 + 0.3 * luck.next();
  return [Math.min(250, rgb[0] * by), Math.min(250, rgb[1] * by), Math.min(250, rgb[2] * by)];
};
