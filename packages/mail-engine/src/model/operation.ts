/** What a person can do to messages. `move`, `addLabel` and `removeLabel` name a place of the same mailbox. */
export type OrganiseOp =
  'markRead' | 'markUnread' | 'star' | 'unstar' | 'archive' | 'trash' | 'untrash' | 'move' | 'addLabel' | 'removeLabel';

/**
 * A person's change of one message that the provider has not confirmed yet: an effect on flags and places that can be
 * laid over any state. `applied` waits to be pushed; `pushed` was accepted by the provider and stays as an overlay
 * until a change round that began after the push has been read to its end (older events could undo it on screen).
 */
export interface Operation {
  readonly id: string;
  readonly remoteId: string;
  readonly op: OrganiseOp;
  readonly effect: StateEffect;
  readonly status: 'applied' | 'pushed' | 'conflicted';
  readonly createdAt: number;
  readonly pushedAt: number | null;
  readonly attempts: number;
}

export interface StateEffect {
  readonly isRead?: boolean;
  readonly isStarred?: boolean;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}
