import { TopbarActionModel } from '@nocobase/client-v2';
import { HeaderIcon } from '../components/HeaderIcon';

export class MailTopbarActionModel extends TopbarActionModel {
  override sort = 250;
  override actionId = 'mail';

  override render() {
    return <HeaderIcon />;
  }
}
