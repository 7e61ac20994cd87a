// Asking the server: a pause after the last key, and only the latest question counts.

const PAUSE = 350;

export class SignedOut extends Error {}

export class Asker {
  constructor(address, token) {
    this.address = address;
    this.token = token;
    this.timer = 0;
    this.running = null;
  }

  // Forget what was asked and not answered yet.
  cancel() {
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = null;
  }

  // The answer after a pause; never, when another question follows.
  later(question) {
    this.cancel();
    return new Promise((answered, failed) => {
      this.timer = setTimeout(() => this.now(question).then(answered, failed), PAUSE);
    });
  }

  // The answer; undefined when another question followed.
  async now(question) {
    this.cancel();
    const turn = new AbortController();
    this.running = turn;
    try {
      return await json(await fetch(this.address, {
        method: "POST",
        body: JSON.stringify(question),
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token, Accept: "application/json" },
        signal: turn.signal,
      }));
    } catch (error) {
      if (turn.signal.aborted) return undefined;
      throw error;
    } finally {
      if (this.running === turn) this.running = null;
    }
  }
}

// Suggestions, asked once each.
export class Suggestions {
  constructor(address, arrived) {
    this.address = address;
    this.arrived = arrived;
    this.known = new Map();
  }

  // What is known by now; asks when nobody has.
  about(kind, name) {
    if (!name) return { values: [], properties: [] };
    const key = `${kind} ${name}`;
    if (!this.known.has(key)) {
      this.known.set(key, { values: [], properties: [] });
      this.ask(key, new URLSearchParams({ [kind]: name }));
    }
    return this.known.get(key);
  }

  async ask(key, parameters) {
    try {
      this.known.set(key, await json(await fetch(`${this.address}?${parameters}`)));
      this.arrived();
    } catch {
      // Without suggestions one types; another look at the field asks again.
      this.known.delete(key);
    }
  }
}

async function json(response) {
  // A session that ended answers with the login page or refuses.
  if (response.redirected || response.status === 403) throw new SignedOut();
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}
