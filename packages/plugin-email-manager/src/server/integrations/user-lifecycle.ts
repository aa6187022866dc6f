import type { Application } from '@nocobase/server';
import { loggableError } from '../errors';
import type { Services } from '../services';

interface UserModel {
  get(name: string): unknown;
  changed?(name: string): boolean;
}

interface HookOptions {
  transaction?: { afterCommit(run: () => void): void };
}

/**
 * Deleting a NocoBase user pauses their mailboxes and gives their tokens back; the guard hides the mail until it is
 * purged. NocoBase 2.2 itself cannot disable a user, but hosts add such a field: `disabled`, `enabled` or `status`.
 */
export function watchUsers(app: Application, services: Services): void {
  const removed = (user: UserModel, options: HookOptions = {}) => {
    const userId = String(user.get('id'));
    const run = () => {
      services.lifecycle
        .ownerRemoved(userId)
        .catch((error: unknown) =>
          services.log.error('A removed user’s mailboxes are not paused.', loggableError(error)),
        );
    };
    if (options.transaction) options.transaction.afterCommit(run);
    else run();
  };
  const updated = (user: UserModel, options: HookOptions = {}) => {
    const isDisabled =
      user.get('disabled') === true || user.get('enabled') === false || user.get('status') === 'disabled';
    if (isDisabled) removed(user, options);
  };
  app.db.on('users.afterDestroy', removed);
  app.db.on('users.afterUpdate', updated);
  app.on('beforeStop', () => {
    app.db.removeListener('users.afterDestroy', removed);
    app.db.removeListener('users.afterUpdate', updated);
  });
}
