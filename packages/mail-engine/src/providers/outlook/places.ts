import type { LabelInfo, SettlePlaces } from '../../model/place';
import { oneLine } from '../../mime/storable-text';

/**
 * Ids of places that are no folders. A category is known by its name alone: messages name it, whether or not the
 * mailbox's master list does.
 */
const CATEGORY = 'category:';
const TAB_FOCUSED = 'tab:focused';
const TAB_OTHER = 'tab:other';

/** Outlook allows 255 characters; what does not fit into a place id stays on the message and is not shown here. */
const MAX_CATEGORY = 240;

/** A message is in exactly one folder, and everything that it carries is named: there is nothing to complete. */
export const settlePlaces: SettlePlaces = (places) => new Set(places);

export function categoryPlace(name: string): string | null {
  const isPlain = name !== '' && name.length <= MAX_CATEGORY && name === oneLine(name, MAX_CATEGORY);
  return isPlain ? CATEGORY + name : null;
}

/** The name of the category that a place id stands for; null when it is none. */
export function categoryOf(placeId: string): string | null {
  return placeId.startsWith(CATEGORY) ? placeId.slice(CATEGORY.length) : null;
}

export function tabPlace(inferenceClassification: string | null): string {
  return inferenceClassification?.toLowerCase() === 'other' ? TAB_OTHER : TAB_FOCUSED;
}

/** `focused` or `other`, as Graph writes it; null when the place is no tab. */
export function tabOf(placeId: string): 'focused' | 'other' | null {
  if (placeId === TAB_FOCUSED) return 'focused';
  return placeId === TAB_OTHER ? 'other' : null;
}

export function isFolder(placeId: string): boolean {
  return categoryOf(placeId) === null && tabOf(placeId) === null;
}

export const TABS: readonly LabelInfo[] = [
  { remoteId: TAB_FOCUSED, name: 'Focused', kind: 'primary', textColor: null, backgroundColor: null },
  { remoteId: TAB_OTHER, name: 'Other', kind: 'category', textColor: null, backgroundColor: null },
];

/** See Capabilities.impliedLabel. */
export function impliedLabel(placeId: string): LabelInfo | null {
  const name = categoryOf(placeId);
  return name === null ? null : categoryLabel(placeId, name, null);
}

export function categoryLabel(remoteId: string, name: string, preset: string | null): LabelInfo {
  const backgroundColor = PRESET_COLOURS.get(preset?.toLowerCase() ?? '') ?? null;
  const textColor = backgroundColor === null ? null : isDark(backgroundColor) ? '#ffffff' : '#000000';
  return { remoteId, name, kind: 'user', textColor, backgroundColor };
}

/** Graph names its category colours (`outlookCategory.color`) and gives no values: these are ours for those names. */
const PRESET_COLOURS: ReadonlyMap<string, string> = new Map(
  [
    '#e74856', // red
    '#ff8c00', // orange
    '#ffbe7d', // brown (shown as peach)
    '#fce100', // yellow
    '#47d041', // green
    '#30c6cc', // teal
    '#73aa24', // olive
    '#00a4ef', // blue
    '#8764b8', // purple
    '#e43ba6', // cranberry
    '#a4b3c1', // steel
    '#627282', // dark steel
    '#b1adab', // gray
    '#69797e', // dark gray
    '#3b3a39', // black
    '#a4262c', // dark red
    '#ca5010', // dark orange
    '#986f0b', // dark brown
    '#c19c00', // dark yellow
    '#0b6a0b', // dark green
    '#038387', // dark teal
    '#5a7324', // dark olive
    '#005b70', // dark blue
    '#5c2e91', // dark purple
    '#8b1e5e', // dark cranberry
  ].map((colour, index) => [`preset${index}`, colour]),
);

function isDark(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return red * 0.299 + green * 0.587 + blue * 0.114 < 140;
}
