"""Chinese provinces and cities, and the many ways people spell them.

A city may arrive as ``杭州``, ``杭州市``, ``Hangzhou`` or ``hang zhou``; the official name
is what we keep. Several cities share one Latin spelling (Suzhou, Taizhou, Fuzhou), so the
province decides, and without one such a name stays as it was written. Provinces may be
names or the two-digit codes of GB/T 2260 (11 is Beijing), with 91 and 92 of ISO 3166-2.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

_TABLE = """
11 北京市
12 天津市
13 河北省 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 辛集 晋州 新乐 遵化 迁安 滦州
   武安 南宫 沙河 涿州 安国 高碑店 定州 泊头 任丘 黄骅 河间 霸州 三河 深州 平泉
14 山西省 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 古交 高平 介休 永济 河津 原平 侯马 霍州
   孝义 汾阳 怀仁
15 内蒙古自治区 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 霍林郭勒 满洲里 牙克石
   扎兰屯 额尔古纳 根河 丰镇 乌兰浩特 阿尔山 二连浩特 锡林浩特
21 辽宁省 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 新民 瓦房店 庄河 海城
   东港 凤城 凌海 北镇 盖州 大石桥 灯塔 调兵山 开原 北票 凌源 兴城
22 吉林省 长春 吉林 四平 辽源 通化 白山 松原 白城 榆树 德惠 公主岭 蛟河 桦甸 舒兰 磐石 双辽 梅河口 集安
   临江 扶余 洮南 大安 延吉 图们 敦化 珲春 龙井 和龙
23 黑龙江省 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 尚志 五常 讷河
   虎林 密山 铁力 同江 富锦 抚远 绥芬河 海林 宁安 穆棱 东宁 北安 五大连池 嫩江 安达 肇东 海伦 漠河
31 上海市
32 江苏省 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 江阴 宜兴 新沂 邳州 溧阳
   常熟 张家港 昆山 太仓 启东 如皋 海安 海门 东台 仪征 高邮 丹阳 扬中 句容 兴化 靖江 泰兴 吴江 姜堰 大丰
   江都 金坛
33 浙江省 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 建德 余姚 慈溪 瑞安 乐清 龙港 海宁 平湖
   桐乡 诸暨 嵊州 兰溪 义乌 东阳 永康 江山 温岭 临海 玉环 龙泉 奉化 上虞 临安 富阳
34 安徽省 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 巢湖 桐城
   潜山 天长 明光 界首 宁国 广德 无为
35 福建省 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 福清 长乐 永安 石狮 晋江 南安 龙海 邵武 武夷山
   建瓯 建阳 漳平 福安 福鼎
36 江西省 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 乐平 瑞昌 共青城 庐山 贵溪 瑞金 龙南
   井冈山 丰城 樟树 高安 德兴
37 山东省 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 莱芜 胶州 平度
   莱西 即墨 滕州 龙口 莱阳 莱州 蓬莱 招远 栖霞 海阳 青州 诸城 寿光 安丘 高密 昌邑 曲阜 邹城 新泰 肥城
   荣成 乳山 乐陵 禹城 临清 邹平
41 河南省 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店
   济源 巩义 荥阳 新密 新郑 登封 舞钢 汝州 林州 卫辉 辉县 长垣 沁阳 孟州 禹州 长葛 义马 灵宝 邓州 永城
   项城 偃师
42 湖北省 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 仙桃 潜江 天门 大冶 丹江口 宜都
   当阳 枝江 老河口 枣阳 宜城 钟祥 京山 应城 安陆 汉川 石首 洪湖 松滋 监利 麻城 武穴 赤壁 广水 恩施 利川
43 湖南省 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 浏阳 宁乡 醴陵 湘乡 韶山
   耒阳 常宁 武冈 邵东 汨罗 临湘 津市 沅江 资兴 祁阳 洪江 冷水江 涟源 吉首
44 广东省 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州
   揭阳 云浮 乐昌 南雄 台山 开平 鹤山 恩平 廉江 雷州 吴川 高州 化州 信宜 四会 兴宁 陆丰 阳春 英德 连州
   普宁 罗定 增城 从化 顺德
45 广西壮族自治区 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 横州 荔浦 岑溪
   东兴 桂平 北流 靖西 平果 合山 凭祥
46 海南省 海口 三亚 三沙 儋州 五指山 琼海 文昌 万宁 东方
50 重庆市
51 四川省 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳
   都江堰 彭州 邛崃 崇州 简阳 广汉 什邡 绵竹 江油 射洪 隆昌 峨眉山 阆中 华蓥 万源 马尔康 康定 西昌 会理
52 贵州省 贵阳 六盘水 遵义 安顺 毕节 铜仁 清镇 盘州 赤水 仁怀 黔西 兴义 兴仁 凯里 都匀 福泉
53 云南省 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 安宁 宣威 澄江 腾冲 水富 楚雄 禄丰 个旧 开远 蒙自 弥勒
   文山 景洪 大理 瑞丽 芒市 泸水 香格里拉
54 西藏自治区 拉萨 日喀则 昌都 林芝 山南 那曲 米林 错那
61 陕西省 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兴平 彬州 华阴 韩城 子长 神木 旬阳
62 甘肃省 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 玉门 敦煌 华亭 临夏 合作
63 青海省 西宁 海东 同仁 玉树 茫崖 格尔木 德令哈
64 宁夏回族自治区 银川 石嘴山 吴忠 固原 中卫 灵武 青铜峡
65 新疆维吾尔自治区 乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 阜康 博乐 阿拉山口 库尔勒 阿克苏 库车 阿图什 喀什
   和田 伊宁 奎屯 霍尔果斯 塔城 乌苏 沙湾 阿勒泰 石河子 阿拉尔 图木舒克 五家渠 北屯 铁门关 双河 可克达拉
   昆玉 胡杨河
71 台湾省 台北 高雄 新北 台中 台南 桃园 基隆 新竹 嘉义
81 香港特别行政区
82 澳门特别行政区
"""
_LATIN = {
    "harbin": "哈尔滨市", "hohhot": "呼和浩特市", "huhehot": "呼和浩特市", "urumqi": "乌鲁木齐市",
    "lhasa": "拉萨市", "ordos": "鄂尔多斯市", "hongkong": "香港", "macau": "澳门", "macao": "澳门",
    "amoy": "厦门市", "canton": "广州市", "peking": "北京市", "xian": "西安市", "lvliang": "吕梁市",
    "taipei": "台北市", "kaohsiung": "高雄市",
}  # fmt: skip
_OLD = {"襄樊": "襄阳市"}
_PROVINCE_ENDS = re.compile(r"(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)$")
_ALIAS_CODES = {"91": "81", "92": "82"}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_REGIONS = {"71": "TW", "81": "HK", "82": "MO"}
_COUNTRIES = {
    "中国": "CN", "中华人民共和国": "CN", "china": "CN", "prchina": "CN", "prc": "CN", "chn": "CN",
    "香港": "HK", "中国香港": "HK", "hongkong": "HK", "澳门": "MO", "中国澳门": "MO", "macau": "MO",
    "台湾": "TW", "中国台湾": "TW", "taiwan": "TW", "日本": "JP", "japan": "JP", "新加坡": "SG",
    "singapore": "SG", "美国": "US", "usa": "US", "unitedstates": "US", "uk": "GB", "英国": "GB",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Province, city and district; ``problem`` says what could not be settled.

    Problems: ``city_is_a_province``, ``ambiguous_city``, ``unknown_city``.
    """

    province: str
    city: str
    district: str = ""
    problem: str = ""


def settle(city: str, province: str = "", region: str = "CN") -> Place:
    """Return the official spelling of a Chinese city; places abroad keep their own."""
    code = province_code(province)
    kept = _spaced(city)
    if region not in ("CN", *_REGIONS.values()):
        return Place(_spaced(province), kept)
    official = _provinces()[code] if code else _spaced(province)
    if not kept:
        return Place(official, official if code in _municipalities() else "")
    return _match(kept, code, official)


def province_code(text: str) -> str:
    """Return the two-digit code of a province written as a name or code, or an empty text."""
    tidy = re.sub(r"^CN-", "", _spaced(text))
    tidy = _ALIAS_CODES.get(tidy, tidy)
    if tidy in _provinces():
        return tidy
    if _HAN.search(tidy):
        return _province_names().get(_PROVINCE_ENDS.sub("", tidy), "")
    return _province_latin().get(_latin(tidy), "") if tidy else ""


def region_of(country: str, province: str = "") -> str:
    """Return the ISO country a phone number of this row is written in; China when it says nothing."""
    tidy = _spaced(country)
    code = tidy.upper() if re.fullmatch(r"[A-Za-z]{2}", tidy) and tidy.lower() != "uk" else ""
    found = code or _COUNTRIES.get(_latin(tidy) if tidy.isascii() else tidy, "CN")
    return _REGIONS.get(province_code(province), found) if found == "CN" else found


def _match(city: str, code: str, official: str) -> Place:
    if len(stem := _PROVINCE_ENDS.sub("", city)) >= 2 and _HAN.search(city):
        return _match_han(city, stem, code, official)
    found = _by_latin(_latin(city), code)
    if len(found) == 1:
        where, name = found[0]
        return Place(_provinces()[where], name)
    if len(found) > 1:
        return Place(official, city, problem="ambiguous_city")
    return Place(official, city, problem="" if code in _REGIONS else "unknown_city")


def _match_han(city: str, stem: str, code: str, official: str) -> Place:
    if name := _OLD.get(stem):
        stem = name.removesuffix("市")
    homes = _homes().get(stem, ())
    if code in homes or len(homes) == 1:
        where = code if code in homes else homes[0]
        return Place(_provinces()[where], _city_name(stem, where))
    if len(homes) > 1:
        return Place(official, city, problem="ambiguous_city")
    if stem in _province_names():
        where = _province_names()[stem]
        return Place(_provinces()[where], "", problem="city_is_a_province")
    if code in _municipalities() and city.endswith(("区", "县")):
        return Place(official, official, city)
    return Place(
        official, city, problem="" if city.endswith(("州", "盟", "地区", "县", "区")) else "unknown_city"
    )


def _by_latin(latin: str, code: str) -> list[tuple[str, str]]:
    if name := _LATIN.get(latin):
        stem = name.removesuffix("市")
        return [(_homes()[stem][0], name)]
    found = _spellings().get(latin) or _spellings().get(latin.removesuffix("shi").removesuffix("city"), [])
    here = [pair for pair in found if pair[0] == code]
    return here or found


def _city_name(stem: str, code: str) -> str:
    return stem if code in ("81", "82") else stem + "市"


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _latin(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if char.isascii() and char.isalpha())


@cache
def _lines() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    split = (entry.split() for entry in re.split(r"\n(?=\d)", _TABLE.strip()))
    return tuple((code, name, tuple(cities)) for code, name, *cities in split)


@cache
def _provinces() -> dict[str, str]:
    return {code: name for code, name, _ in _lines()}


@cache
def _municipalities() -> frozenset[str]:
    return frozenset({"11", "12", "31", "50"})


@cache
def _province_names() -> dict[str, str]:
    return {_PROVINCE_ENDS.sub("", name): code for code, name, _ in _lines()}


@cache
def _homes() -> dict[str, tuple[str, ...]]:
    """Map a city without its ending to the codes of the provinces that have one."""
    found: dict[str, tuple[str, ...]] = {}
    for code, name, cities in _lines():
        own = () if cities else (_PROVINCE_ENDS.sub("", name),)
        for stem in (*own, *cities):
            found[stem] = (*found.get(stem, ()), code)
    return found


@cache
def _spellings() -> dict[str, list[tuple[str, str]]]:
    """Map ``suzhou`` to every (province code, city) that is read so."""
    found: dict[str, list[tuple[str, str]]] = {}
    for stem, codes in _homes().items():
        for code in codes:
            found.setdefault(_pinyin(stem), []).append((code, _city_name(stem, code)))
    return found


@cache
def _province_latin() -> dict[str, str]:
    found = {_pinyin(stem): code for stem, code in _province_names().items()}
    return found | {"innermongolia": "15", "shaanxi": "61", "tibet": "54", "hongkong": "81", "macau": "82"}


def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text))
