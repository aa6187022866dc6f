import type { WorkKind } from '../../model/work';
import type { AccountPatch, CursorName } from '../../ports/mail-store';

/** Everything a store holds of one account, as plain rows: what the contract suite and the stories compare. */
export interface StoreSnapshot {
  readonly messages: readonly MessageRow[];
  /** Open rows only. */
  readonly inventory: readonly { readonly remoteId: string; readonly run: number; readonly hydrated: boolean }[];
  readonly work: readonly WorkRow[];
  readonly operations: readonly {
    readonly id: string;
    readonly remoteId: string;
    readonly status: 'applied' | 'pushed' | 'conflicted';
    readonly pushedAt: number | null;
  }[];
  readonly cursors: ReadonlyMap<CursorName, string>;
  readonly places: readonly { readonly remoteId: string; readonly name: string }[];
  readonly account: AccountPatch;
}

export interface MessageRow {
  /** The surrogate id of the row. */
  readonly rowId: string;
  readonly remoteId: string;
  readonly threadRemoteId: string;
  /** Key of the thread that it is shown in; null for a hidden message. */
  readonly thread: string | null;
  readonly hidden: boolean;
  readonly isRead: boolean;
  readonly isStarred: boolean;
  readonly isDraft: boolean;
  /** The provider's place ids, ascending. */
  readonly places: readonly string[];
  readonly subject: string;
  readonly draftRemoteId: string | null;
  readonly html: string | null;
  readonly text: string | null;
  readonly attachments: readonly string[];
}

export interface WorkRow {
  readonly kind: WorkKind;
  readonly remoteId: string;
  readonly status: 'pending' | 'running' | 'quarantined';
  readonly attempts: number;
  readonly priority: number;
  readonly notBefore: number;
}
