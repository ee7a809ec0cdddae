// Two scenarios side by side on one map: a bar that cuts the left from the right, by mouse, finger or keyboard.
class Swipe {
  constructor(map, left, right) {
    Object.assign(this, { map, left, right, share: 0.5, on: false });
    this.bar = make("div", { id: "swipe", role: "slider", tabIndex: 0, hidden: true, ariaOrientation: "horizontal" },
      make("span", { className: "grip", ariaHidden: "true" }, "◂ ▸"));
    this.names = ["a", "b"].map((side) => make("div", { className: `side side-${side}`, hidden: true }));
    document.getElementById("stage").append(this.bar, ...this.names);
    map.on("move zoomend resize viewreset", () => this.cut());
    this.bar.addEventListener("pointerdown", (event) => this.grab(event));
    this.bar.addEventListener("keydown", (event) => this.step(event));
  }

  set(names) {
    this.on = Boolean(names);
    for (const node of [this.bar, ...this.names]) node.hidden = !this.on;
    if (names) this.names.forEach((node, k) => { node.textContent = names[k]; });
    this.bar.setAttribute("aria-label", say("swipe"));
    this.bar.title = say("swipe");
    this.bar.setAttribute("aria-valuemin", "0");
    this.bar.setAttribute("aria-valuemax", "100");
    this.cut();
  }

  cut() {
    const { map } = this, size = map.getSize(), x = Math.round(size.x * this.share);
    if (!this.on) {
      for (const root of this.left.roots) root.style.clipPath = "";
      return;
    }
    const corner = (px, py) => {
      const p = map.containerPointToLayerPoint([px, py]);
      return `${p.x}px ${p.y}px`;
    };
    const window = (from, to) =>
      `polygon(${[[from, 0], [to, 0], [to, size.y], [from, size.y]].map(([px, py]) => corner(px, py)).join(",")})`;
    for (const root of this.left.roots) root.style.clipPath = window(0, x);
    for (const root of this.right.roots) root.style.clipPath = window(x, size.x);
    this.bar.style.left = `${x}px`;
    this.bar.setAttribute("aria-valuenow", String(Math.round(this.share * 100)));
    this.names[0].style.right = `${size.x - x + 8}px`;
    this.names[1].style.left = `${x + 8}px`;
  }

  move(share) {
    this.share = Math.max(0, Math.min(1, share));
    this.cut();
  }

  grab(event) {
    this.bar.setPointerCapture(event.pointerId);
    const stage = document.getElementById("stage").getBoundingClientRect();
    const follow = (next) => this.move((next.clientX - stage.left) / stage.width);
    const drop = () => {
      this.bar.removeEventListener("pointermove", follow);
      this.bar.removeEventListener("pointerup", drop);
      this.bar.removeEventListener("pointercancel", drop);
    };
    this.bar.addEventListener("pointermove", follow);
    this.bar.addEventListener("pointerup", drop);
    this.bar.addEventListener("pointercancel", drop);
    this.bar.focus();
    event.preventDefault();
  }

  step(event) {
    const by = { ArrowLeft: -0.05, ArrowDown: -0.05, ArrowRight: 0.05, ArrowUp: 0.05, PageDown: -0.2, PageUp: 0.2 };
    if (event.key in by) this.move(this.share + by[event.key]);
    else if (event.key === "Home") this.move(0);
    else if (event.key === "End") this.move(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  viewAt(point) {
    return this.on && point.x > this.map.getSize().x * this.share ? this.right : this.left;
  }
}
