"""How common words are in the names of sanctioned persons and organisations: a table that no record changes.

Counted once over the lists of seven authorities, in coarse steps, by the bones of words (`spelling.bones`): a word in
the row 5 stands in about one of 2⁵ names. A word that is in no row is rarer than all that are.
"""

# What a word says that is not below, by the number of its consonants: few consonants are soon the same by chance.
_RARE_BITS = (0.0, 6.0, 7.5, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 14.5, 15.0)

_PERSONS = {
    3: """
        md
    """,
    4: """
        ab sn
    """,
    5: """
        al bd bdl dmtr kn ldmr ldmrvk lksndr lksndrvk mr ndr nklvk sd srg
    """,
    6: """
        ar brm dn gr jn js kl km kng ktr ktrvk lg lks ln mkl mklvk mn ng nkl ntl ntlvk rmn rn rvk rz sf sl sm sr
        srgvk tn vn vnvk yr
    """,
    7: """
        bdr bdrmn bkr bl bn brsvk bs dl dm dr gl gndvk grvk jng kld kr kslv ldmrvn lksndrvn lksvk llh lr lrvk ls ly
        mnmd mrn ms mstf nklvn nm nr ns nsr ntn ptrvk pvl rd rk rm rs sb sk slm slmn slvk sml tkrt tl tr vgn vgnvk
        vl zr
    """,
    8: """
        a ad ag an az bdkdr bdkrm bdmn bdz bk br brn brs bsr db de dmtrvk dns drd dvd fd fdrvk fmd fr ft fz gln gn
        gnd gnzlz grgrvk hb hj hk hn hr in ir jbr jd jfr jl jm jml jr kbr kd kdf kdr kml knstntn knstntnvk krl krls
        krm krn ks kslvk ksm ksn ktrn ktrvn kv lb ld ldn ldslv lgvk lk lm lnd lndvk lntnvk lpz lsd lsn ltkrt lv m
        mdn mjd mk mksm ml mlk mng mnl mnsr mrk msn msr mt mz nd ndrvk ntlvn nvr pk pr ptr pvlvk rb rdrgz rf rg ri
        rksndr rsd rsln rtm rvn skr sltn slv slvn smn smr sng srf st su sv svtln tk trk u vd vnv yahya yn zd zm
    """,
    9: """
        as bdgfr bdltf bdmd bdrm bdslm bdtr bkv blk brsvn brzn bt bv cho choe dk dnl drdvk dv er es fdl fl flrs frd
        frk frnksk frs fsl fsn fvz fzl gbrl glb glm gmz grb grg grgr grgvk grk grkv grmn grn grv gsn gt gz h hd hl
        hm ho ht id il is jo jrg jsf jsm jvd jvr jz kb kbl kf kk klf klk klkv kmd kmn kmr kms kmzv knk knv krf krlv
        krmn krnk krs ksr kt kvlkk kvlvk kvnd kvng kznkv la lbdv lbrt ldzmrvk lkn lksvn lkv lmn lng lnk lntn lrmn
        lrs lrvn lrz lsr lstd lsv lt lvk lvn lvr lz mdl mgl mj mjr mklf mklvn mktr mkv mld mln mnr mnt mrd mrf mrm
        mrt mrtn mrtnz mrtz mrz msb msd mslm msv mtn mvd nf ngl njd nk nklv nkr nkt nl nrk nrz ntr nvk nvkv nz nzr
        ol on oo pl pn png prz pskv ptn ptrv ptrvn pv rbn rbrt rdn rfl rfmn rj rjmr rkd rkdvk rks rl rmdn rmr rmrz
        rms rndz rng rstm rt rtnbrg rtr rv rvr s sbn sbr sbv sdk sdm sgr skn skv sldn sln sls smlv snkz srgvn srm
        srmn srn stnslv svk svknk svlv taha tb tj tkn tlvk tm tmn tmr tng trs vnvn vr vs vsf yl zfr zkr zn zt zv
    """,
}

_ORGANISATIONS = {
    4: """
        c grp st trdng
    """,
    5: """
        bnk kntr kr ngnrng nkn nst ntrntnl ntrprs plnt prdktn rn rsn rsrk skntfk sn spng srkt tknlg v zvd
    """,
    6: """
        br dsgn dvlpmnt e fdrl gnrl kmpn kmrkl kn kntrl ks l ldng m mkn mn mngmnt ndstr ndstrl ndstrs np ntnl ntr
        nvstmnt przvdstvn rgnztn rm rs sktn slmk sp sr srvks tknlgs tkrt trd
    """,
    7: """
        al ar as bdn bldng d dfns dh dl dn ds fdrln fdrtn fk fktr fnd fndtn frk frks ftr glbl gnk grn gsdrstvn im jd
        kb kl km kmplks kmt kng knkrn knpn knstrktn knstrktrsk krn kskng ksn ksprt kt lktrnk lktrnks ls lt md mk
        mltr mnfktrng mng mnstr mprt mr mrn ms mvmnt ng nk nm nmd nrg nsr nstn nt ntd nv ol p pk pls pr prdprt prs
        prt r rd rk rkrft rkt rl rmn rpblk rsk rt sd sh sk sknk skrt skt sl sldvtlsk slm sm sng snt spkl srk srvk
        stm stms str tk tknkl tl tr ts ve vl vn vtn w
    """,
    8: """
        ab ak at b bjtn bl bn brgd brn brnk bs bsns btln dfnk dk dktn dm dmk dprtmnt dr drktrt dt fnk fnkl fr frgn
        frm frnt frst fs fsks g gd gdr gk gm gn gr grd gs gt h hk hl hs ik is jm jmt jn jng js kd kdm kknrn kldng
        kmkl knmk kntrln kp kpmnt kprsn kptl krdt krg krjdn krm krprk krps krs krt ktr lb lbn lbrtn ld ldngs lf lg
        lgstks lk lm ln lns lslm ltjr mjdn mknkl mknr ml mnmr mrsk mrtm mskv msl msnstrn msnstrtln mt mtrls mz n na
        nd nfrmtn nii njnrng nr nrt ns nsrnk nstrmnt ntrn nvst nvstmnk o on pl po prk pt ptrkmkl ptrlm rb rf rgk
        rgnstn rgnzk rlns rmd rp rpr rvltnr sb sea skd skl sknks sltns smn spbldng spk sprd sprt srf srn srsk srvs
        stblsmnt stk stl strn sz t tb td tknk tls tm tn tp trns trnsprt trnsprtn trst tv tvktvnst tvrstv uk un vk vt
        za zn
    """,
    9: """
        1 2 ad ai am an av bdgtr bjng bk bld blk blrs blrsn bnd bnkng brd brgds brk brm brs bsr bstv bstvn bt by cia
        da db dgtl dln dmnstrtn drg dsng dv dvks dvnkd dvsn ek em en er es f fdrk fgb fi fktrs fl fn fnsv fp frgt
        frkn frs frt fsr ft fy fz gl gld gldn gln gng grb grkltrl grnt grt gstr gz gzprm gzprmnft hd hj hm hn hr ht
        hv j jnd jt jv k kbr kdmk kdmkn kds kf kk klb kld kln kls kltr kmnd kmnktn kmnktns kmnt kmpns kmpst kmrklzdr
        kmrksk kmsn kmz knk knkl kns knsltng knt kprtn krk krmn krsn krtbl ksm ksmksk ksprmntl kst ktb kv kvl kzn
        lbr ldr lfr lgstk ljstk lks lktr lktrk lktrmknkl lktrn lmtd lmz lnd lng lnk lnsk lp lr lskr lsn lsng lsr
        lsrf lv lvnt mdkl mdl mg mjdnrdn mkng mknk mknksk mks mlt mnjmnt mnm mnsk mnstrstv mntn mntrn mp mrs msk
        mskvsk msls msn mtl mtlrg mtlrgkl mtr mtrl nds ndstrz nfrmkn nft ngkng ngn ngnrs njn nklr nknln nmblr nmnd
        no non npk nrj nsn nsrt ntk ntlgnk ntrs ntrst ntvrk nvl nvn nvrsns nvrst nvs nvstkn nvtn ob or pkstn pld plk
        plr plstn pmk pn prbrstrn prbrstrtln prdk prgrs prjkt prksn prktn prm prmsln prprts prsn prtn prtnrs prtnrsp
        prvln prvls prvnk ptk ptn ptr pvr rdn rdr rg rgn rgnl rgstr rks rktk rld rlf rlsk rmntn rmtd rng rns rntl
        rsl rsnl rspblk rspk rsrks rstnk rv rz rzvt sbl sbrbnk sbrn sdstrtln sf sfr sft sg shi skn sknd skr sldrs
        slf slt smrt snjn sns spg spkln spklzd spklzrvn spr sprtrs srz std stkn stn stpng strl sts svr svrn ta tjrt
        tknksk tknlgkl tknlgksk tktkl tlbn tlt tmk tmtn tnms to trfkng trgv trk trktr trn trs trt tsng tvn u va vb
        vd vkn vr vrs vs vtmtk vtnmn wa ya yt z zd zr
    """,
}


PERSONS = {word: bits for bits, words in _PERSONS.items() for word in words.split()}
ORGANISATIONS = {word: bits for bits, words in _ORGANISATIONS.items() for word in words.split()}


def bits(word: str, *, person: bool) -> float:
    """Return the evidence, in bits, that two names share a word of these bones: log₂ of one over the share of names
    with it."""
    known = (PERSONS if person else ORGANISATIONS).get(word)
    return known if known is not None else _RARE_BITS[min(len(word), len(_RARE_BITS) - 1)]
