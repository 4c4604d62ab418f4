"""Plain words and sentence frames of the made-up corpora, in English and Chinese, the most frequent first.

Slots of a frame: {T} a technical phrase, {N} noun, {P} noun in the plural, {A} adjective, {V} past participle or verb.
"""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


def _frames(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


NOUNS_EN = _words("""
    method result model system analysis approach problem data performance study structure process design theory
    function field property effect framework measurement simulation experiment condition response estimate
    distribution parameter evaluation technique behaviour application signal strategy observation dynamics
    mechanism interaction sample procedure surface energy temperature accuracy error limit scale source region
    domain boundary transition component scheme constraint resource architecture operation configuration regime
    environment criterion resolution stability sensitivity variation uncertainty hypothesis phase sequence
    pattern network feature target protocol correlation interface dimension capacity threshold frequency
    amplitude gradient cost risk demand exposure load margin profile spectrum tolerance topology trajectory
    workflow yield baseline benchmark calibration coupling decomposition diffusion drift efficiency equilibrium
    fabrication fluctuation formulation geometry growth impedance inference kinetics lifetime mixture noise
    objective perturbation prediction recovery reliability robustness selection separation synthesis throughput
    transport validation workload
""")

PLURALS_EN = _words("""
    results methods models systems data conditions parameters experiments measurements applications simulations
    properties effects techniques problems samples observations structures functions processes approaches
    constraints components devices materials users patterns features signals sources errors limits scales
    regions mechanisms interactions strategies procedures surfaces regimes environments criteria variations
    sequences targets protocols interfaces thresholds frequencies costs risks loads profiles spectra
    trajectories baselines benchmarks fluctuations perturbations predictions workloads
""")

ADJECTIVES_EN = _words("""
    new different general experimental theoretical numerical large effective high small local optimal
    statistical linear nonlinear dynamic efficient robust complex simple stable direct global random discrete
    continuous practical adaptive external internal spatial temporal thermal mechanical optical electrical
    structural functional partial uniform variable typical relevant sufficient significant accurate reliable
    hybrid weak strong low broad narrow sparse dense finite parallel sequential analytical empirical systematic
    comparative conventional standard advanced intrinsic collective coherent transient asymptotic stochastic
    deterministic hierarchical modular portable
""")

VERBS_EN = _words("""
    shown used obtained studied proposed considered compared observed measured developed found derived presented
    evaluated tested improved reduced described analysed computed applied examined estimated verified combined
    extended controlled predicted optimised characterised investigated demonstrated simulated calibrated
    validated quantified introduced explored
""")

TITLES_EN = _frames("""
    {T} for {A} {N}
    {T}: a {A} {N}
    on the {N} of {T}
    towards {A} {T}
    {A} {N} of {T} under {A} {P}
    {N} and {N} in {T}
    how {T} shape the {N}
    {T} with {A} {P}
    a {N} of {T} based on {A} {N}
    the {N} of {T} and its {P}
""")

INTRODUCTIONS_EN = _frames("""
    In this paper we propose a {A} {N} for {T} and report its {P}.
    In this work we study the {N} of {T} under {A} {P}.
    The {A} {N} of {T} remains poorly understood.
    We present a {A} {N} in which {T} is combined with {A} {P}.
    Recent progress in {T} has changed the {N} of {A} {P}.
    Over the past decade {T} has become a {A} {N} in its own right.
    This paper reviews the {N} of {T} and the {P} that limit it.
""")

SENTENCES_EN = _frames("""
    We show that {T} can be {V} without loss of {N}.
    The {N} of {T} is {V} by means of {T}.
    Compared with {A} {P}, {T} reduces the {N} by a factor of two.
    Both {T} and {T} were {V} under {A} {P}.
    The {P} are {V} with {A} {N} and compared to {A} {P}.
    A {A} {N} between {N} and {N} is {V}.
    Our results suggest that the {N} depends on {A} {P}.
    It is found that the {A} {N} of {T} follows the {N}.
    Here {T} is {V} as a function of the {N} and the {N}.
    However, the {N} is limited by {A} {P} and by the {N} of the {N}.
    To this end, a {A} {N} was {V} and {V}.
    The {N} was {V} for {T} as well as for {A} {P}.
    These {P} are in good agreement with {A} {P}.
    The role of {T} in the {N} of {P} is {V}.
    We also discuss the {N} of the {P} and possible {P}.
    An open question is whether {T} can be {V} at a {A} {N}.
    This allows us to separate the {N} from the {A} {N}.
    At the same time the {N} of the {P} is {V} by an order of magnitude.
    Experimental results demonstrate the {N} of the {A} {N}.
    In contrast to earlier {P}, no {A} {N} is needed.
    With {T}, the {N} is {V} for all {P}.
""")

CLOSINGS_EN = _frames("""
    The code and the data are available upon request.
    Implications for future work are discussed.
    Extensive experiments confirm the {N} of the {A} {N}.
    Finally, directions for future research are given.
    All rights reserved by the publisher.
""")

# Heads that any technology may share; each takes a plain s in the plural.
HEADS_EN = _words("""
    network circuit membrane lattice sensor array catalyst compiler reactor filter transistor polymer decoder
    substrate actuator controller scaffold alloy electrode waveguide turbine detector vaccine interface
    oscillator laser composite resonator emulator gripper welder
""")

NOUNS_ZH = _words("""
    方法 结果 模型 系统 分析 问题 数据 性能 研究 结构 过程 设计 理论 函数 性质 效应 框架 测量 实验 条件 响应
    估计 分布 参数 评价 技术 行为 应用 信号 策略 观测 机制 样本 流程 能量 温度 精度 误差 尺度 区域 边界 约束
    资源 配置 环境 准则 分辨率 稳定性 灵敏度 不确定性 假设 阶段 序列 模式 特征 目标 协议 相关性 维度 容量 阈值
    频率 成本 风险 需求 效率 可靠性 鲁棒性
""")

ADJECTIVES_ZH = _words("""
    新的 不同的 一般的 重要的 有效的 最优的 局部的 线性的 非线性的 动态的 高效的 稳健的 复杂的 简单的 稳定的
    全局的 随机的 连续的 实用的 自适应的 典型的 显著的 准确的 可靠的 混合的 传统的 先进的 系统的 主要的 潜在的
""")

VERBS_ZH = _words("""
    研究 分析 验证 比较 测量 改进 优化 评估 描述 计算 检验 估计 讨论 观察 控制 模拟 预测 推导
""")

TITLES_ZH = _frames("""
    基于{T}的{A}{N}研究
    {T}的{N}与{N}
    面向{N}的{T}
    {T}及其{N}分析
    {A}{N}下的{T}
    {T}的{A}{N}
""")

INTRODUCTIONS_ZH = _frames("""
    本文提出了一种用于{T}的{A}{N}。
    本文研究了{T}的{N}及其{N}。
    近年来，{T}在{N}中受到广泛关注。
    针对{T}的{N}问题，我们建立了{A}{N}。
    本文综述了{T}的{A}{N}。
""")

SENTENCES_ZH = _frames("""
    结果表明，{T}可以被{V}，而不损失{N}。
    我们将{T}与{T}结合起来，{V}了{N}。
    与{A}{N}相比，{T}降低了{N}。
    在此基础上，{V}了{A}{N}与{N}之间的关系。
    实验结果与{A}{N}基本一致。
    {T}的{N}取决于{A}{N}。
    同时，{N}和{N}也得到了{V}。
    然而，{N}受到{A}{N}的限制。
    我们对{T}和{T}进行了{V}。
    该{N}不需要{A}{N}。
    数值实验进一步{V}了{T}的{N}。
    为此，我们采用{A}{N}来{V}{N}。
    通过{T}，{N}在{A}{N}下得到了{V}。
""")

CLOSINGS_ZH = _frames("""
    最后讨论了未来的研究方向。
    本文的数据可以向作者索取。
    大量实验证明了{A}{N}的{N}。
    研究结果具有一定的参考价值。
""")

# Real technical words; the phrases that are made of them are invented.
STEMS_ZH = _words("""
    光子 拓扑 石墨 等离子 超导 磁性 晶体 薄膜 量子点 陶瓷 纤维 凝胶 液晶 钙钛矿 氢能 核聚变 离子 电解 催化 蛋白
    基因 核酸 细胞 神经 脉冲 微波 毫米波 太赫兹 红外 紫外 激光 声学 超声 振动 流体 湍流 涡旋 气动 燃烧 推进 轨道
    卫星 导航 遥感 雷达 深海 地热 岩石 煤层 稀土 氮化物 氧化物 硫化物 复合 仿生 柔性 微纳 增材 焊接 切削 铸造
    轧制 涂层 腐蚀 疲劳 断裂 摩擦 润滑 轴承 齿轮 液压 机器人 视觉 语音 语义 图像 知识 加密 区块 边缘 云端 分布式
    异构 并行 编译 存储 缓存 路由 频谱 天线 调制 编码 纠错 信道 卷积 对抗 强化 迁移 联邦 稀疏 贝叶斯 遗传 蚁群
    模糊 混沌 分形 小波 张量 流形 微生物 藻类 干细胞 抗体 疫苗 病毒 免疫 靶向 纳米 多孔 泡沫 玻璃 水泥 沥青 木质
    淀粉 甲壳素 胶原 血管 骨骼 心脏 脑机 眼科 耳蜗 牙科 影像 质谱 色谱 荧光 散射 衍射 干涉 偏振 全息 孪生 虚拟
    增强 沉浸 触觉 嗅觉 温差 压电 铁电 热电 光伏 风电 潮汐 生物质 储能 电网 变频 逆变 配电 输电 绝缘 电弧 熔盐
    快堆 中子 质子
""")

HEADS_ZH = _words("""
    网络 电路 传感器 阵列 芯片 反应器 滤波器 晶体管 材料 解码器 基底 执行器 控制器 支架 合金 电极 波导 涡轮
    探测器 电池 接口 振荡器 激光器 谐振器 引擎 平台 算法 模块
""")

SURNAMES_ZH = _words("""
    王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧
""")
GIVEN_ZH = _words("""
    安 柏 辰 岱 恩 帆 桂 浩 霁 珂 岚 墨 宁 鸥 沛 琪 榕 珊 棠 薇 希 雅 昀 泽 舟 卓 朔 溪 言 一 之 知 远 清 明 若
    予 子 书 禾 南 北 川 野 渡 秋 春 夏 冬 雪 云 月 星 竹 梅 兰 松 石 玉 金
""")
