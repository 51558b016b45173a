// A network between a phone and the server that can be good, be late, be gone, or be worst: swallow
// every packet and say nothing.

import { createServer, connect } from 'node:net';

export class Network {
  #lines = new Set();
  #state = 'good';
  /** False: a proxy on the way lets requests pass, and no WebSocket. */
  sockets = true;
  /** What the server has said while it is late. */
  #late = null;

  /** One that leads to this server. */
  static async to(house) {
    const network = new Network();
    network.server = createServer((phone) => network.#carry(phone, house));
    await new Promise((listening) => network.server.listen(0, '127.0.0.1', listening));
    network.url = `http://127.0.0.1:${network.server.address().port}`;
    return network;
  }

  #carry(phone, house) {
    phone.on('error', () => phone.destroy());
    if (this.#state === 'gone') {
      phone.destroy();
      return;
    }
    const [host, port] = house.listen.split(':');
    const server = connect({ host, port: Number(port) });
    const line = { phone, server };
    this.#lines.add(line);
    const over = () => {
      this.#lines.delete(line);
      // A network that swallows does not pass on that the other side has hung up.
      if (this.#state === 'swallowing') return;
      phone.destroy();
      server.destroy();
    };
    for (const [from, to] of [[phone, server], [server, phone]]) {
      from.on('data', (bytes) => {
        if (this.#state === 'swallowing' || line.dead) line.dead = true;
        else if (!this.sockets && /^upgrade: websocket/im.test(bytes.toString('latin1'))) phone.destroy();
        else if (this.#late && from === server) this.#late.push(() => phone.write(bytes));
        else to.write(bytes);
      });
      from.on('close', over);
      from.on('error', over);
    }
  }

  /** Everything passes; what was open when it was swallowing stays dead. */
  good() {
    this.#state = 'good';
    this.#late?.forEach((arrives) => arrives());
    this.#late = null;
  }

  /** The server hears everything; what it says arrives when the network is good again. */
  late() {
    this.#late = [];
  }

  /** Lines are cut and none comes about. */
  gone() {
    this.#state = 'gone';
    for (const { phone, server } of this.#lines) {
      phone.destroy();
      server.destroy();
    }
  }

  /** Lines stay open and nothing passes any more. */
  swallows() {
    this.#state = 'swallowing';
    for (const line of this.#lines) line.dead = true;
  }

  async end() {
    this.gone();
    const patience = new Promise((go) => setTimeout(go, 5_000).unref());
    await Promise.race([new Promise((closed) => this.server.close(closed)), patience]);
  }
}
