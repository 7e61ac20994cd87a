/* The tracker: tells the Kith that serves this file what a visitor does. Served without comments and indentation. */
(() => {
  const { src, dataset } = document.currentScript;
  const { key, domain, consent, auto, host = new URL(src).origin } = dataset;
  // What the page asked for before we were here: a list of calls.
  const calls = window.kith || [];
  if (!key || calls.track) return;

  // The names that Segment's library uses: whoever comes from there stays known.
  const VISITOR = "ajs_anonymous_id", USER = "ajs_user_id", DECISION = "kith_consent", BOX = "kith_box_";
  // Messages a request: together they stay below what the collector takes.
  const BATCH = 10;

  const hex = (byte) => byte.toString(16).padStart(2, 0);
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map(hex).join("");

  // Nothing of ours breaks the page. A browser may forbid storage: then everything lasts as long as the page.
  const shield = (work) => {
    try {
      return work();
    } catch (error) {
      console.warn(error);
    }
  };

  // --- What is stored ---
  const json = JSON.stringify;
  const read = (name) => shield(() => localStorage.getItem(name));
  const write = (name, value) => shield(() => localStorage[value ? "setItem" : "removeItem"](name, value));
  const recall = (name) => {
    const cookie = document.cookie.match(`(?:^|; )${name}=([^;]+)`);
    // Some write it with quotes.
    return (cookie ? decodeURIComponent(cookie[1]) : read(name) || "").replace(/"/g, "");
  };
  // For a year; nothing forgets it.
  const remember = (name, value) => {
    write(name, value && json(value));
    document.cookie =
      `${name}=${encodeURIComponent(value)};path=/;samesite=lax;max-age=${value ? 31536000 : 0}` +
      (domain ? ";domain=" + domain : "") +
      (location.protocol == "https:" ? ";secure" : "");
  };

  // --- Consent. Undefined: it must be asked for. Until then messages wait in memory, nothing is stored or sent. ---
  let choice = shield(() => JSON.parse(read(DECISION)));
  // Who lets the browser say no to tracking has answered already.
  const allowed = () =>
    !navigator.globalPrivacyControl &&
    navigator.doNotTrack != "1" &&
    (choice ? !!choice.analytics : consent != "required" || undefined);

  // --- Who it is ---
  let visitor = recall(VISITOR) || newId(), user = recall(USER);
  const sign = () => {
    remember(VISITOR, visitor);
    remember(USER, user);
  };
  const reset = () => {
    visitor = user = "";
    sign();
    visitor = newId();
  };

  // --- What is to be sent. Each page has a box of its own, so that tabs never overwrite each other. ---
  const box = BOX + newId();
  let queue = [], flying = 0, fails = 0;
  const keep = () => write(box, queue.length && json(queue));
  // The messageId makes it harmless to send what another page may have sent already.
  const takeOver = () => {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(BOX)) {
        queue.push(...JSON.parse(read(name)));
        write(name);
      }
    }
  };
  const body = (batch) => json({ writeKey: key, sentAt: new Date(), batch });
  const send = async () => {
    if (flying || !queue.length || !allowed()) return;
    const batch = queue.slice(0, BATCH), text = body(batch);
    let wait;
    flying = batch.length;
    try {
      // As plain text and without a header of ours, browsers need not ask first whether they may.
      // They refuse to keep large requests alive.
      const answer = await fetch(host + "/v1/batch", { method: "POST", body: text, keepalive: text.length < 3e4 });
      if (answer.status == 429 || answer.status > 499) throw answer.headers.get("Retry-After");
      queue = queue.filter((one) => !batch.includes(one));
      fails = 0;
      keep();
    } catch (seconds) {
      wait = Math.min(seconds * 1e3 || 1e3 * 2 ** fails++, 6e4);
    }
    flying = 0;
    setTimeout(send, wait);
  };
  // Nobody tells whether a beacon arrived: what it carries stays in the box, for the next page to send again.
  const leave = () => {
    for (let start = flying; allowed() && start < queue.length; start += BATCH)
      navigator.sendBeacon(`${host}/beacon/v1/batch?writeKey=${key}`, body(queue.slice(start, start + BATCH)));
  };

  // --- What is said ---
  // What stands behind # is for the page alone.
  const address = () => location.href.split("#")[0];
  let url = address(), referrer = document.referrer;
  const context = () => {
    const { pathname: path, search } = location;
    const campaign = {};
    new URLSearchParams(search).forEach((value, name) => {
      if (name.startsWith("utm_")) campaign[name == "utm_campaign" ? "name" : name.slice(4)] = value;
    });
    return {
      page: { url, path, search, referrer, title: document.title },
      campaign,
      userAgent: navigator.userAgent,
      locale: navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      screen: { width: screen.width, height: screen.height },
      consent: { categoryPreferences: choice || {} },
      library: { name: "kith.js", version: "1" },
    };
  };
  const say = (type, said) =>
    shield(() => {
      const now = allowed();
      if (now == false) return;
      const when = { messageId: newId(), timestamp: new Date() };
      const message = { type, anonymousId: visitor, userId: user, ...when, ...said, context: context() };
      // When nobody takes them, the oldest go.
      // Copied: what the page does with it later is not what it said.
      queue = [...queue, JSON.parse(json(message))].slice(-200);
      if (!now) return;
      sign();
      keep();
      if (!fails) setTimeout(send, 50);
    });

  const kith = (window.kith = {
    page: (name, properties) => say("page", { name, properties }),
    track: (event, properties) => say("track", { event, properties }),
    group: (groupId, traits) => say("group", { groupId, traits }),
    identify(id, traits) {
      if (id && typeof id == "object") traits = id;
      else if (id) user = String(id);
      say("identify", { traits });
    },
    reset,
    consent(given) {
      if (!given) return choice;
      write(DECISION, json((choice = given)));
      if (allowed()) sign();
      else {
        queue = [];
        reset();
      }
      queue.forEach(({ context }) => (context.consent.categoryPreferences = given));
      keep();
      send();
    },
    push: (...calls) => calls.forEach(([verb, ...said]) => kith[verb]?.(...said)),
  });

  // --- From now on ---
  if (allowed()) shield(takeOver);
  if (auto != "false") {
    kith.page();
    const moved = () => {
      if (address() == url) return;
      [referrer, url] = [url, address()];
      kith.page();
    };
    for (const verb of ["pushState", "replaceState"]) {
      const plain = history[verb];
      history[verb] = (...said) => {
        plain.apply(history, said);
        // By then the page has given itself a title.
        setTimeout(moved);
      };
    }
    addEventListener("popstate", moved);
  }
  kith.push(...calls);
  addEventListener("pagehide", leave);
})();
