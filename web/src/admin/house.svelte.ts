import type { HouseBody, MeBody, Slug } from '../wire';
import type { Api, CityChange, Outcome } from '../api';

/** How the page got on with asking the server. */
export type Reach = 'loading' | 'there' | 'lost';

/** Who is here, and what the city says of itself. */
export class House {
  readonly api: Api;
  me = $state.raw<MeBody>({ administrator: false, roles: {} });
  body = $state.raw<HouseBody>({ city: {}, missing: [] });
  reach = $state<Reach>('loading');

  constructor(api: Api) {
    this.api = api;
  }

  /** Whether this person has anything to do here. */
  readonly welcome = $derived(
    this.me.administrator || Object.values(this.me.roles).some((roles) => roles.includes('admin')),
  );

  administers = (slug: Slug) => this.me.administrator || (this.me.roles[slug]?.includes('admin') ?? false);

  async load(): Promise<void> {
    const [me, house] = await Promise.all([this.api.me(), this.api.house()]);
    // A cookie of an older key is nobody's: they are told how to come in.
    const nobody = me.kind === 'refused' && me.problem.code === 'unauthenticated';
    if (nobody) this.me = { administrator: false, roles: {} };
    else if (me.kind === 'done') this.me = me.value;
    if (house.kind === 'done') this.body = house.value;
    this.reach = (me.kind === 'done' || nobody) && house.kind === 'done' ? 'there' : 'lost';
  }

  refresh = async (): Promise<void> => {
    const house = await this.api.house();
    if (house.kind === 'done') this.body = house.value;
  };

  describe = async (city: CityChange): Promise<Outcome<HouseBody>> => {
    const outcome = await this.api.describeCity(city);
    if (outcome.kind === 'done') this.body = outcome.value;
    return outcome;
  };
}
