import type { MessageState } from '../model/message';
import type { StateEffect } from '../model/operation';
import type { SettlePlaces } from '../model/place';

/**
 * Lays effects over a state, oldest first: the state that people see is always *provider ⊕ pending operations*.
 * Pure and idempotent: laying the same effects over the result again changes nothing.
 */
export function overlay(state: MessageState, effects: readonly StateEffect[], settle: SettlePlaces): MessageState {
  if (effects.length === 0) return state;
  const places = new Set(state.places);
  let { isRead, isStarred } = state;
  for (const effect of effects) {
    for (const place of effect.remove ?? []) places.delete(place);
    for (const place of effect.add ?? []) places.add(place);
    isRead = effect.isRead ?? isRead;
    isStarred = effect.isStarred ?? isStarred;
  }
  return { ...state, isRead, isStarred, places: [...settle(places)].sort() };
}
