import type { OutboxItem } from '../model/outbox';
import type { SentReceipt } from '../model/outgoing';
import type { DraftState } from '../providers/provider';

/** What one look at the provider's drafts and sent mail showed. The draft was asked for first: see judge. */
export interface Evidence {
  readonly draft: DraftState;
  readonly sentCopy: SentReceipt | null;
  /** True when this was the last look of the schedule. */
  readonly last: boolean;
  /** Every handing over of this draft was answered with "there is no such draft". */
  readonly neverLeft: boolean;
}

export type Verdict =
  | { readonly kind: 'sent'; readonly receipt: SentReceipt }
  | { readonly kind: 'unsent'; readonly draftGone: boolean }
  | { readonly kind: 'lookAgain' }
  | { readonly kind: 'undecided' };

/**
 * The decision table after a lost answer.
 *
 * | copy in sent mail | draft   | last look | verdict |
 * | found             | any     | any       | sent |
 * | -                 | sent    | any       | sent |
 * | -                 | present | no        | look again: a late call may still consume it |
 * | -                 | present | yes       | unsent; only this same draft may be sent again |
 * | -                 | gone    | no        | look again: the copy may be late |
 * | -                 | gone    | yes       | unsent when each call was answered "no such draft", else undecided |
 *
 * The draft has to be asked for before the sent mail: a call that arrives in between then shows as a copy, while the
 * other way round it would show as neither.
 */
export function judge({ draft, sentCopy, last, neverLeft }: Evidence): Verdict {
  if (sentCopy !== null) return { kind: 'sent', receipt: sentCopy };
  if (draft.kind === 'sent') return { kind: 'sent', receipt: draft.receipt };
  if (!last) return { kind: 'lookAgain' };
  if (draft.kind === 'present') return { kind: 'unsent', draftGone: false };
  return neverLeft ? { kind: 'unsent', draftGone: true } : { kind: 'undecided' };
}

/** The code of an `answerLost` step whose answer was "there is no such draft". */
export const NO_DRAFT = 'NO_DRAFT';

/** True when the draft was handed over once, and that call itself said that there is none. */
export function neverLeft(item: OutboxItem): boolean {
  if (item.submits !== 1) return item.submits === 0;
  const submitted = item.history.findLastIndex((step) => step.kind === 'submitted');
  return item.history.slice(submitted + 1).some((step) => step.kind === 'answerLost' && step.code === NO_DRAFT);
}
